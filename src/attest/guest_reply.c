/* SPDX-License-Identifier: Apache-2.0 */
/* The answer that only the guest can open: tpm.md section 9. */
#include <assay/guest.h>

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/transport.h"

/* Both clients authenticate these ASCII letters, without NUL. */
#define AAD	"Transport Key"

static void
put(struct assay_buffer *out, const char *before, struct assay_bytes bytes)
{
	(void)assay_buffer_puts(out, before);
	(void)assay_base64_encode(bytes, out);
	(void)assay_buffer_putc(out, '"');
}

bool
assay_guest_reply(struct assay_bytes reply_key, struct assay_bytes token,
    char **out, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(2 * ASSAY_MAX_TOKEN_BYTES);
	struct assay_transport t = { .key = { .ptr = NULL } };
	struct assay_pkey *key = NULL;
	bool ok;

	ok = assay_pkey_from_spki(reply_key, &key, err) &&
	    assay_transport_seal(key, assay_bytes_of(AAD), token, &t, err);
	assay_pkey_free(key);
	if (!ok)
		return false;
	put(&text, "{\"AuthenticationData\":\"", (struct assay_bytes){ t.tag,
	    sizeof(t.tag) });
	put(&text, ",\"EncryptedInnerKey\":\"", assay_buffer_bytes(&t.key));
	put(&text, ",\"EncryptionParams\":{"
	    "\"BlockMode\":\"ChainingModeGCM\",\"BlockPadding\":\"PKCS7\","
	    "\"Cipher\":\"AES\",\"Iv\":\"", (struct assay_bytes){ t.iv,
	    sizeof(t.iv) });
	(void)assay_buffer_printf(&text, ",\"KeySizeInBits\":%d}",
	    ASSAY_TRANSPORT_KEY_BITS);
	put(&text, ",\"Jwt\":\"", assay_buffer_bytes(&t.text));
	(void)assay_buffer_putc(&text, '}');
	assay_transport_free(&t);
	ok = assay_buffer_ok(&text, "answer", err) &&
	    ((*out = assay_buffer_take(&text)) != NULL ||
	    assay_fail_memory(err, "answer"));
	assay_buffer_free(&text);
	return ok;
}
