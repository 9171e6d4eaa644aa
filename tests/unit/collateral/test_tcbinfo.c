/* SPDX-License-Identifier: Apache-2.0 */
/* TCB info and QE identity: one good text each, then one edit per row. */
#include <stdlib.h>
#include <string.h>

#include "collateral/qeidentity.h"
#include "collateral/tcbinfo.h"
#include "testlib.h"

#define COMPONENTS(a, b)						\
	"[{\"svn\":" a "},{\"svn\":" b "},{\"svn\":0},{\"svn\":0},"	\
	"{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},"	\
	"{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},"	\
	"{\"svn\":0},{\"svn\":0}]"
#define LEVEL(a, b, pcesvn, status)					\
	"{\"tcb\":{\"sgxtcbcomponents\":" COMPONENTS(a, b) ","		\
	"\"tdxtcbcomponents\":" COMPONENTS("3", "0") ","		\
	"\"pcesvn\":" pcesvn "},\"tcbDate\":\"2024-01-01T00:00:00Z\","	\
	"\"tcbStatus\":\"" status "\"}"
#define ZEROS8	"0000000000000000"
#define ZEROS48	ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8
#define MODULE	"\"mrsigner\":\"" ZEROS48 "\",\"attributes\":\"" ZEROS8	\
	"\",\"attributesMask\":\"" ZEROS8 "\""

/* Levels on purpose not in order. */
static const char good[] =
    "{\"tcbInfo\":{\"id\":\"TDX\",\"version\":3,"
    "\"issueDate\":\"2025-01-01T00:00:00Z\","
    "\"nextUpdate\":\"2025-02-01T00:00:00Z\",\"fmspc\":\"00906ED50000\","
    "\"pceId\":\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":17,"
    "\"tdxModule\":{" MODULE "},"
    "\"tdxModuleIdentities\":[{\"id\":\"TDX_01\"," MODULE ","
    "\"tcbLevels\":[{\"tcb\":{\"isvsvn\":2},\"tcbDate\":"
    "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]}],"
    "\"tcbLevels\":[" LEVEL("5", "1", "10", "OutOfDate") ","
    LEVEL("7", "9", "13", "UpToDate") ","
    LEVEL("7", "2", "13", "SWHardeningNeeded") "]},"
    "\"signature\":\"00\"}";

static char *
edited(const char *text, const char *find, const char *replace)
{
	const char *at = find[0] == '\0' ? text : strstr(text, find);
	size_t size = strlen(text) + strlen(replace) + 1;
	char *out = malloc(size);

	assert_non_null(at);
	assert_non_null(out);
	(void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, replace,
	    at + strlen(find));
	return out;
}

static bool
read_info(const char *text, struct assay_tcb_info **out,
    struct assay_checks *checks, struct assay_error *err)
{
	struct assay_signed_json doc = { 0 };
	bool ok;

	ok = assay_signed_json_parse(assay_bytes_of(text),
	    &assay_tcb_info_rules, &doc, err) &&
	    assay_tcb_info_read(doc.body, checks, out, err);
	assay_signed_json_free(&doc);
	return ok;
}

static const struct {
	const char	*name, *find, *replace;
	enum assay_code	 want;
} breakages[] = {
	{ "good", "", "", ASSAY_ERR_OK },
	{ "lower_case_fmspc", "00906ED50000", "00906ed50000", ASSAY_ERR_OK },
	{ "not_json", "{\"tcbInfo\"", "{tcbInfo\"",
	    ASSAY_ERR_SGX_TCB_INFO_UNSUPPORTED_FORMAT },
	{ "twice", "\"pceId\":\"0000\"", "\"pceId\":\"0000\",\"pceId\":\"1\"",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "no_body", "tcbInfo", "tcbinfo", ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "version_4", "\"version\":3", "\"version\":4",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "version_text", "\"version\":3", "\"version\":\"3\"",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "version_real", "\"version\":3", "\"version\":3.0",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "id", "\"TDX\"", "\"tdx\"", ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "no_id", "\"id\":\"TDX\",", "", ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "date", "2025-01-01T00:00:00Z", "2025-01-01 00:00:00Z",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "fmspc_short", "00906ED50000", "00906ED500",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "fmspc_not_hex", "00906ED50000", "00906ED5000x",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "tcb_type_1", "\"tcbType\":0", "\"tcbType\":1",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "number_negative", "Number\":17", "Number\":-1",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "no_module", "\"tdxModule\":", "\"x\":",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "module_id_long", "TDX_01", "TDX_0123456789ABCDEF",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "svn_256", "{\"svn\":9}", "{\"svn\":256}",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "svn_missing", "{\"svn\":9}", "{}",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "component_missing", "{\"svn\":9},", "",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "component_more", "{\"svn\":9},", "{\"svn\":9},{\"svn\":9},",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "pcesvn", "\"pcesvn\":10", "\"pcesvn\":65536",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "status", "\"OutOfDate\"", "\"Outdated\"",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "relaunch_is_no_level", "\"OutOfDate\"", "\"TDRelaunchAdvised\"",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
	{ "equal_levels", "{\"svn\":9}", "{\"svn\":2}",
	    ASSAY_ERR_SGX_TCB_INFO_INVALID },
};

static void
test_documents(void **state)
{
	struct test_table t = { .name = "TCB info" };

	(void)state;
	for (size_t i = 0; i < sizeof(breakages) / sizeof(breakages[0]); i++) {
		char *text = edited(good, breakages[i].find,
		    breakages[i].replace);
		struct assay_tcb_info *info = NULL;
		struct assay_checks checks = { 0 };
		struct assay_error err = { 0 };

		(void)read_info(text, &info, &checks, &err);
		test_row(&t, breakages[i].name,
		    err.code == breakages[i].want, "got %s \"%s\"",
		    assay_code_name(err.code), err.text);
		assay_tcb_info_free(info);
		free(text);
	}
	test_table_end(&t);
}

/* Component by component, highest first, whatever order they came in. */
static void
test_match(void **state)
{
	static const struct {
		const char	*name;
		uint8_t		 a, b;
		uint16_t	 pcesvn;
		uint8_t		 tee[2];
		int		 want;		/* -1: none */
	} rows[] = {
		{ "top", 7, 9, 13, { 3, 0 }, ASSAY_TCB_UP_TO_DATE },
		{ "above", 255, 255, 65535, { 9, 0 }, ASSAY_TCB_UP_TO_DATE },
		{ "one_lower", 7, 8, 13, { 3, 0 },
		    ASSAY_TCB_SW_HARDENING_NEEDED },
		{ "not_as_a_whole", 8, 1, 13, { 3, 0 },
		    ASSAY_TCB_OUT_OF_DATE },
		{ "pcesvn_lower", 7, 9, 12, { 3, 0 }, ASSAY_TCB_OUT_OF_DATE },
		{ "below_all", 4, 9, 13, { 3, 0 }, -1 },
		{ "pcesvn_below_all", 7, 9, 9, { 3, 0 }, -1 },
		{ "module_below", 7, 9, 13, { 2, 0 }, -1 },
		{ "module_by_identity", 7, 9, 13, { 2, 1 },
		    ASSAY_TCB_UP_TO_DATE },
	};
	struct assay_tcb_info *info = NULL;
	struct assay_checks checks = { 0 };
	struct assay_error err = { 0 };
	struct test_table t = { .name = "levels" };

	(void)state;
	assert_true(read_info(good, &info, &checks, &err));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct assay_pck pck = { .pcesvn = rows[i].pcesvn };
		uint8_t tee[ASSAY_TCB_COMPONENTS] = { rows[i].tee[0],
		    rows[i].tee[1] };
		const struct assay_tcb_level *l;

		pck.components[0] = rows[i].a;
		pck.components[1] = rows[i].b;
		l = assay_tcb_info_match(info, &pck, tee);
		test_row(&t, rows[i].name, (l == NULL ? -1 :
		    (int)l->verdict.status) == rows[i].want, "got %s",
		    l == NULL ? "none" :
		    assay_tcb_status_name(l->verdict.status));
	}
	assert_ptr_equal(assay_tcb_info_module(info, 0), &info->module);
	assert_ptr_equal(assay_tcb_info_module(info, 1), info->modules);
	assert_null(assay_tcb_info_module(info, 2));
	assay_tcb_info_free(info);
	test_table_end(&t);
}

/* ---- QE identity -------------------------------------------------------- */

static const char identity[] =
    "{\"enclaveIdentity\":{\"id\":\"QE\",\"version\":2,"
    "\"issueDate\":\"2025-01-01T00:00:00Z\","
    "\"nextUpdate\":\"2025-02-01T00:00:00Z\","
    "\"tcbEvaluationDataNumber\":17,\"miscselect\":\"01020304\","
    "\"miscselectMask\":\"FFFFFFFF\","
    "\"attributes\":\"" ZEROS8 ZEROS8 "\","
    "\"attributesMask\":\"" ZEROS8 ZEROS8 "\","
    "\"mrsigner\":\"" ZEROS8 ZEROS8 ZEROS8 ZEROS8 "\",\"isvprodid\":1,"
    "\"tcbLevels\":[{\"tcb\":{\"isvsvn\":8},\"tcbDate\":"
    "\"2024-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]},"
    "\"signature\":\"00\"}";

static void
test_identity(void **state)
{
	static const struct {
		const char	*name, *find, *replace;
		enum assay_code	 want;
	} rows[] = {
		{ "good", "", "", ASSAY_ERR_OK },
		{ "td_qe", "\"QE\"", "\"TD_QE\"", ASSAY_ERR_OK },
		{ "id", "\"QE\"", "\"PCE\"",
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_INVALID },
		{ "version", "\"version\":2", "\"version\":1",
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_UNSUPPORTED_VERSION },
		{ "no_version", "\"version\":2,", "",
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_INVALID },
		{ "trailing", "\"signature\":\"00\"}",
		    "\"signature\":\"00\"}x",
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_UNSUPPORTED_FORMAT },
		{ "miscselect", "01020304", "010203",
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_INVALID },
		{ "isvprodid", "\"isvprodid\":1", "\"isvprodid\":65536",
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_INVALID },
		{ "no_levels", "\"tcbLevels\"", "\"levels\"",
		    ASSAY_ERR_SGX_ENCLAVE_IDENTITY_INVALID },
	};
	struct test_table t = { .name = "QE identity" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = edited(identity, rows[i].find, rows[i].replace);
		struct assay_qe_identity *q = NULL;
		struct assay_signed_json doc = { 0 };
		struct assay_checks checks = { 0 };
		struct assay_error err = { 0 };
		bool ok;

		ok = assay_signed_json_parse(assay_bytes_of(text),
		    &assay_qe_identity_rules, &doc, &err) &&
		    assay_qe_identity_read(doc.body, &checks, &q, &err);
		test_row(&t, rows[i].name, err.code == rows[i].want &&
		    ok == (rows[i].want == ASSAY_ERR_OK),
		    "got %s \"%s\"", assay_code_name(err.code), err.text);
		assay_signed_json_free(&doc);
		assay_qe_identity_free(q);
		free(text);
	}
	test_table_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
