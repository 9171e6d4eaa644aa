/* SPDX-License-Identifier: Apache-2.0 */
/* Run a harness over every file of the given folders or files. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t ran;

static void
run_file(const char *path)
{
	uint8_t *data;
	size_t len;
	long size;
	FILE *f;

	if ((f = fopen(path, "rb")) == NULL || fseek(f, 0, SEEK_END) != 0 ||
	    (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0) {
		perror(path);
		exit(1);
	}
	if ((data = malloc((size_t)size + 1)) == NULL)
		exit(1);
	len = fread(data, 1, (size_t)size, f);
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(data, len);
	free(data);
	ran++;
}

static void
run_folder(const char *path)
{
	char file[4096];
	struct dirent *e;
	DIR *d;

	if ((d = opendir(path)) == NULL) {
		perror(path);
		exit(1);
	}
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		run_file(file);
	}
	(void)closedir(d);
}

int
main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			run_folder(argv[i]);
		else
			run_file(argv[i]);
	}
	printf("%zu inputs replayed\n", ran);
	return ran == 0;
}
