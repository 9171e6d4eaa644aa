/* SPDX-License-Identifier: Apache-2.0 */
/* PCR banks by name, number and size. Source: TCG algorithm registry. */
#include <string.h>

#include "client/tpm_device.h"

static const struct {
	const char	*name;
	uint16_t	 alg;
	size_t		 size;
} banks[ASSAY_DEVICE_BANKS] = {
	{ "sha1", 0x0004, 20 },
	{ "sha256", 0x000b, 32 },
	{ "sha384", 0x000c, 48 },
	{ "sha512", 0x000d, 64 },
};

size_t
assay_device_bank_size(uint16_t alg)
{
	for (size_t i = 0; i < ASSAY_DEVICE_BANKS; i++)
		if (banks[i].alg == alg)
			return banks[i].size;
	return 0;
}

const char *
assay_device_bank_name(uint16_t alg)
{
	for (size_t i = 0; i < ASSAY_DEVICE_BANKS; i++)
		if (banks[i].alg == alg)
			return banks[i].name;
	return "unknown";
}

bool
assay_device_bank_alg(const char *name, uint16_t *alg)
{
	for (size_t i = 0; i < ASSAY_DEVICE_BANKS; i++)
		if (strcmp(banks[i].name, name) == 0) {
			*alg = banks[i].alg;
			return true;
		}
	return false;
}
