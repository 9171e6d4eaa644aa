/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every named breakage: identifier, name as shown to people, the check that
 * fails (COUNT: none), the code of the answer (OK: accepted), what is wrong,
 * and the change to struct assay_sim_params *p that makes it so. Answers are
 * those under the default baseline. Names are API.
 */
#ifndef ASSAY_SIM_BREAKAGE_LIST_H
#define ASSAY_SIM_BREAKAGE_LIST_H

/* The quote itself: its header, lengths and signatures. */
#define ASSAY_BREAKAGES_QUOTE(X) \
	X(quote_version_2, "quote-version-2", QUOTE_VERSION, \
	    UNSUPPORTED_QUOTE_FORMAT, "quote of version 2", \
	    p->quote.version = 2) \
	X(quote_version_6, "quote-version-6", QUOTE_VERSION, \
	    UNSUPPORTED_QUOTE_FORMAT, "quote of version 6", \
	    p->quote.version = 6) \
	X(quote_key_type, "quote-key-type", QUOTE_KEY_TYPE, \
	    UNSUPPORTED_QUOTE_FORMAT, "attestation key on P-384", \
	    p->quote.att_key_type = 3) \
	X(quote_tee_type, "quote-tee-type", QUOTE_TEE_TYPE, \
	    UNSUPPORTED_QUOTE_FORMAT, "TEE type of TDX in version 3", \
	    p->quote.tee_type = 0x81) \
	X(quote_tee_unknown, "quote-tee-unknown", QUOTE_TEE_TYPE, \
	    UNSUPPORTED_QUOTE_FORMAT, "TEE type 0x82 in version 4", \
	    (p->quote.version = 4, p->quote.tee_type = 0x82)) \
	X(quote_qe_vendor, "quote-qe-vendor", QUOTE_QE_VENDOR, \
	    UNSUPPORTED_QUOTE_FORMAT, "quoting enclave of another vendor", \
	    p->quote.vendor_id[0] ^= 1) \
	X(quote_body_type, "quote-body-type", QUOTE_BODY_TYPE, \
	    UNSUPPORTED_QUOTE_FORMAT, "version 5 with body type 2 in SGX", \
	    (p->quote.version = 5, p->quote.body_type = 2)) \
	X(quote_body_size, "quote-body-size", QUOTE_BODY_TYPE, \
	    UNSUPPORTED_QUOTE_FORMAT, "version 5 with a body a byte longer", \
	    (p->quote.version = 5, p->quote.body_size_add = 1)) \
	X(quote_td_body, "quote-td-body", QUOTE_BODY_KIND, \
	    UNSUPPORTED_QUOTE_FORMAT, "quote of a TD", (p->quote.version = 4, \
	    p->quote.tee_type = 0x81, p->quote.td_body = true)) \
	X(quote_auth_too_long, "quote-auth-too-long", COUNT, \
	    UNSUPPORTED_QUOTE_FORMAT, \
	    "authentication data ends behind the evidence", \
	    p->quote.auth_len_add = 1) \
	X(quote_auth_too_short, "quote-auth-too-short", COUNT, \
	    UNSUPPORTED_QUOTE_FORMAT, \
	    "authentication data ends a byte early", \
	    p->quote.auth_len_add = -1) \
	X(quote_qe_auth_too_long, "quote-qe-auth-too-long", COUNT, \
	    UNSUPPORTED_QUOTE_FORMAT, \
	    "QE authentication data ends behind the quote", \
	    p->quote.qe_auth_len_add = 32000) \
	X(quote_cert_len_short, "quote-cert-len-short", QUOTE_LENGTHS, \
	    UNSUPPORTED_QUOTE_FORMAT, \
	    "a byte is left behind the certification data", \
	    p->quote.cert_len_add = -1) \
	X(quote_cert_len_long, "quote-cert-len-long", COUNT, \
	    UNSUPPORTED_QUOTE_FORMAT, \
	    "certification data ends behind the quote", \
	    p->quote.cert_len_add = 1) \
	X(quote_cert_len_max, "quote-cert-len-max", COUNT, \
	    UNSUPPORTED_QUOTE_FORMAT, "certification data of 4 GiB", \
	    p->quote.cert_len_add = INT32_MAX) \
	X(quote_left_over, "quote-left-over", QUOTE_LENGTHS, \
	    UNSUPPORTED_QUOTE_FORMAT, \
	    "bytes left over in the authentication data", \
	    p->quote.inner_trailing = 7) \
	X(quote_left_over_v4, "quote-left-over-v4", QUOTE_LENGTHS, \
	    UNSUPPORTED_QUOTE_FORMAT, \
	    "bytes left over in the version 4 inner block", \
	    (p->quote.version = 4, p->quote.inner_trailing = 7)) \
	X(quote_outer_length, "quote-outer-length", COUNT, \
	    UNSUPPORTED_QUOTE_FORMAT, \
	    "version 4 outer block ends a byte early", (p->quote.version = 4, \
	    p->quote.outer_len_add = -1)) \
	X(quote_truncated, "quote-truncated", COUNT, \
	    UNSUPPORTED_QUOTE_FORMAT, "quote cut in its certification data", \
	    p->quote.truncate = 100) \
	X(quote_cut_in_body, "quote-cut-in-body", COUNT, \
	    UNSUPPORTED_QUOTE_FORMAT, "quote cut in its body", \
	    p->quote.truncate = 4400) \
	X(cert_data_ppid, "cert-data-ppid", QUOTE_CERT_DATA_TYPE, \
	    UNSUPPORTED_CERT_FORMAT, "certification data of type 1", \
	    p->quote.cert_type = 1) \
	X(cert_data_encrypted_ppid, "cert-data-encrypted-ppid", \
	    QUOTE_CERT_DATA_TYPE, UNSUPPORTED_CERT_FORMAT, \
	    "certification data of type 3", p->quote.cert_type = 3) \
	X(cert_data_leaf, "cert-data-leaf", QUOTE_CERT_DATA_TYPE, \
	    UNSUPPORTED_CERT_FORMAT, "certification data of type 4", \
	    p->quote.cert_type = 4) \
	X(cert_data_nested, "cert-data-nested", QUOTE_CERT_DATA_TYPE, \
	    UNSUPPORTED_QUOTE_FORMAT, \
	    "certification data of type 6 in version 3", \
	    p->quote.cert_type = 6) \
	X(cert_data_outer, "cert-data-outer", COUNT, \
	    UNSUPPORTED_QUOTE_FORMAT, "version 4 outer type 5", \
	    (p->quote.version = 4, p->quote.outer_type = 5)) \
	X(oe_version, "oe-version", OE_VERSION, UNSUPPORTED_QUOTE_FORMAT, \
	    "Open Enclave header of version 2", p->openenclave.version = 2) \
	X(oe_local_report, "oe-local-report", OE_TYPE, \
	    UNSUPPORTED_QUOTE_FORMAT, "Open Enclave local report", \
	    p->openenclave.type = 1) \
	X(oe_size_short, "oe-size-short", OE_SIZE, UNSUPPORTED_QUOTE_FORMAT, \
	    "Open Enclave header counts a byte less", \
	    p->openenclave.size_add = -1) \
	X(oe_size_long, "oe-size-long", OE_SIZE, UNSUPPORTED_QUOTE_FORMAT, \
	    "Open Enclave header counts a byte more", \
	    p->openenclave.size_add = 1) \
	X(bad_quote_signature, "bad-quote-signature", QUOTE_SIGNATURE, \
	    INVALID_QUOTE_SIGNATURE, \
	    "quote signed by another attestation key", \
	    p->quote.forged = true) \
	X(zero_quote_signature, "zero-quote-signature", QUOTE_SIGNATURE, \
	    INVALID_QUOTE_SIGNATURE, "quote signature of zeros", \
	    p->quote.signature_zero = true) \
	X(attestation_key_off_curve, "attestation-key-off-curve", \
	    QUOTE_SIGNATURE, INVALID_QUOTE_SIGNATURE, \
	    "attestation key is no point of P-256", \
	    p->quote.key_off_curve = true) \
	X(bad_qe_signature, "bad-qe-signature", QE_REPORT_SIGNATURE, \
	    INVALID_QE_REPORT_SIGNATURE, \
	    "QE report signed by another PCK key", p->quote.qe_forged = true) \
	X(qe_report_data, "qe-report-data", QE_REPORT_DATA, \
	    INVALID_QE_REPORT_DATA, \
	    "QE report binds another attestation key", \
	    p->quote.qe_unbound = true) \
	X(qe_report_data_upper, "qe-report-data-upper", QE_REPORT_DATA, \
	    INVALID_QE_REPORT_DATA, \
	    "QE report data not zero behind the digest", \
	    p->quote.qe_upper_half = true) \
	X(qe_miscselect, "qe-miscselect", QE_MISCSELECT, \
	    QE_IDENTITY_MISMATCH, "quoting enclave with another MISCSELECT", \
	    p->quote.qe.miscselect = 1) \
	X(qe_attributes, "qe-attributes", QE_ATTRIBUTES, \
	    QE_IDENTITY_MISMATCH, "quoting enclave in debug mode", \
	    p->quote.qe.flags |= ASSAY_SIM_FLAG_DEBUG) \
	X(qe_mrsigner, "qe-mrsigner", QE_MRSIGNER, QE_IDENTITY_MISMATCH, \
	    "quoting enclave of another signer", \
	    p->quote.qe.mrsigner[31] ^= 1) \
	X(qe_isvprodid, "qe-isvprodid", QE_ISVPRODID, QE_IDENTITY_MISMATCH, \
	    "quoting enclave with another product id", \
	    p->quote.qe.isv_prod_id = 2) \
	X(qe_below_all, "qe-below-all", QE_LEVEL, TCB_NOT_SUPPORTED, \
	    "quoting enclave below every level", p->quote.qe.isv_svn = 3) \
	X(qe_out_of_date, "qe-out-of-date", BASELINE, BELOW_BASELINE, \
	    "quoting enclave out of date", p->quote.qe.isv_svn = 6) \
	X(qe_revoked, "qe-revoked", TCB_NOT_REVOKED, TCB_REVOKED, \
	    "quoting enclave revoked", p->quote.qe.isv_svn = 4) \
	X(runtime_data, "runtime-data", RUNTIME_DATA, RUNTIME_DATA_MISMATCH, \
	    "report data binds other runtime data", \
	    p->quote.body.report_data[0] ^= 1) \
	X(init_time_data, "init-time-data", INIT_TIME_DATA, \
	    INIT_TIME_DATA_MISMATCH, \
	    "configuration id binds other init-time data", \
	    p->quote.body.config_id[0] ^= 1) \
	X(runtime_data_upper, "runtime-data-upper", RUNTIME_DATA, \
	    RUNTIME_DATA_MISMATCH, "report data not zero behind the digest", \
	    p->quote.body.report_data[63] ^= 1) \
	X(debug_enclave, "debug-enclave", COUNT, OK, \
	    "enclave in debug mode: a claim, not a failure", \
	    p->quote.body.flags |= ASSAY_SIM_FLAG_DEBUG) \
	X(trailing_bytes, "trailing-bytes", COUNT, OK, \
	    "zeros behind the quote, as in the field", \
	    p->quote.trailing = 70) \
	X(quote_v4, "quote-v4", COUNT, OK, \
	    "version 4 with an SGX body: good", p->quote.version = 4) \
	X(quote_v5, "quote-v5", COUNT, OK, \
	    "version 5 with an SGX body: good", p->quote.version = 5)

/* The PCK certificate chain and the SGX extensions of its leaf. */
#define ASSAY_BREAKAGES_PCK(X) \
	X(pck_chain_garbage, "pck-chain-garbage", COUNT, \
	    UNSUPPORTED_CERT_FORMAT, "PCK chain is no PEM", \
	    p->chain.garbage = true) \
	X(pck_chain_junk, "pck-chain-junk", COUNT, UNSUPPORTED_CERT_FORMAT, \
	    "text behind the PCK chain", p->chain.junk_behind = true) \
	X(pck_chain_four, "pck-chain-four", PCK_CHAIN_LENGTH, \
	    UNSUPPORTED_CERT_FORMAT, "four certificates in the PCK chain", \
	    p->chain.extra = true) \
	X(pck_chain_two, "pck-chain-two", PCK_CHAIN_LENGTH, \
	    UNSUPPORTED_CERT_FORMAT, "PCK chain without its leaf", \
	    p->chain.no_leaf = true) \
	X(pck_chain_no_root, "pck-chain-no-root", PCK_CHAIN_ROOT, \
	    SGX_ROOT_CA_MISSING, "PCK chain without a root", \
	    (p->chain.no_root = true, p->chain.intermediate_twice = true)) \
	X(pck_root_name, "pck-root-name", PCK_CHAIN_ROOT, \
	    SGX_ROOT_CA_MISSING, "root of another name", \
	    p->root.cn = "Intel SGX Rooted CA") \
	X(pck_chain_no_intermediate, "pck-chain-no-intermediate", \
	    PCK_CHAIN_INTERMEDIATE, SGX_INTERMEDIATE_CA_MISSING, \
	    "PCK chain without an intermediate", \
	    (p->chain.no_intermediate = true, p->chain.extra = true)) \
	X(pck_intermediate_name, "pck-intermediate-name", \
	    PCK_CHAIN_INTERMEDIATE, SGX_INTERMEDIATE_CA_MISSING, \
	    "intermediate of another name", \
	    p->intermediate.cn = "Intel SGX PCK Plateau CA") \
	X(pck_chain_no_leaf, "pck-chain-no-leaf", PCK_CHAIN_LEAF, \
	    SGX_PCK_MISSING, "PCK chain without a leaf", \
	    (p->chain.no_leaf = true, p->chain.extra = true)) \
	X(pck_name, "pck-name", PCK_CHAIN_LEAF, SGX_PCK_MISSING, \
	    "PCK certificate of another name", \
	    p->pck_cert.cn = "Intel SGX PCK") \
	X(root_no_key_ids, "root-no-key-ids", PCK_CHAIN_EXTENSIONS, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "root certificate without key identifiers", \
	    p->root.no_key_ids = true) \
	X(root_no_crl_url, "root-no-crl-url", PCK_CHAIN_EXTENSIONS, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "root certificate without CRL distribution point", \
	    p->root.no_crl_url = true) \
	X(root_no_key_usage, "root-no-key-usage", PCK_CHAIN_EXTENSIONS, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "root certificate without key usage", p->root.key_usage = 0) \
	X(root_no_constraints, "root-no-constraints", PCK_CHAIN_EXTENSIONS, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "root certificate without basic constraints", \
	    p->root.no_basic_constraints = true) \
	X(root_critical_extension, "root-critical-extension", \
	    PCK_CHAIN_EXTENSIONS, SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "root certificate with an unknown critical extension", \
	    p->root.critical_oid = "1.2.3.4") \
	X(intermediate_no_key_ids, "intermediate-no-key-ids", \
	    PCK_CHAIN_EXTENSIONS, SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "intermediate certificate without key identifiers", \
	    p->intermediate.no_key_ids = true) \
	X(intermediate_no_crl_url, "intermediate-no-crl-url", \
	    PCK_CHAIN_EXTENSIONS, SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "intermediate certificate without CRL distribution point", \
	    p->intermediate.no_crl_url = true) \
	X(intermediate_no_key_usage, "intermediate-no-key-usage", \
	    PCK_CHAIN_EXTENSIONS, SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "intermediate certificate without key usage", \
	    p->intermediate.key_usage = 0) \
	X(intermediate_no_constraints, "intermediate-no-constraints", \
	    PCK_CHAIN_EXTENSIONS, SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "intermediate certificate without basic constraints", \
	    p->intermediate.no_basic_constraints = true) \
	X(intermediate_critical_extension, "intermediate-critical-extension", \
	    PCK_CHAIN_EXTENSIONS, SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "intermediate certificate with an unknown critical extension", \
	    p->intermediate.critical_oid = "1.2.3.4") \
	X(pck_no_key_ids, "pck-no-key-ids", PCK_CHAIN_EXTENSIONS, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "PCK certificate without key identifiers", \
	    p->pck_cert.no_key_ids = true) \
	X(pck_no_crl_url, "pck-no-crl-url", PCK_CHAIN_EXTENSIONS, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "PCK certificate without CRL distribution point", \
	    p->pck_cert.no_crl_url = true) \
	X(pck_no_key_usage, "pck-no-key-usage", PCK_CHAIN_EXTENSIONS, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "PCK certificate without key usage", p->pck_cert.key_usage = 0) \
	X(pck_no_constraints, "pck-no-constraints", PCK_CHAIN_EXTENSIONS, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "PCK certificate without basic constraints", \
	    p->pck_cert.no_basic_constraints = true) \
	X(pck_critical_extension, "pck-critical-extension", \
	    PCK_CHAIN_EXTENSIONS, SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "PCK certificate with an unknown critical extension", \
	    p->pck_cert.critical_oid = "1.2.3.4") \
	X(root_not_ca, "root-not-ca", PCK_ROOT_CA, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "root certificate without the CA flag", (p->root.is_ca = false, \
	    p->root.pathlen = -1)) \
	X(root_usage, "root-usage", PCK_ROOT_CA, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, \
	    "root that may not sign certificates", \
	    p->root.key_usage = ASSAY_KU_CRL_SIGN) \
	X(root_path_length, "root-path-length", PCK_ROOT_CA, \
	    SGX_ROOT_CA_INVALID_EXTENSIONS, "root with path length 0", \
	    p->root.pathlen = 0) \
	X(intermediate_not_ca, "intermediate-not-ca", PCK_INTERMEDIATE_CA, \
	    SGX_INTERMEDIATE_CA_INVALID_EXTENSIONS, \
	    "intermediate certificate without the CA flag", \
	    (p->intermediate.is_ca = false, p->intermediate.pathlen = -1)) \
	X(intermediate_usage, "intermediate-usage", PCK_INTERMEDIATE_CA, \
	    SGX_INTERMEDIATE_CA_INVALID_EXTENSIONS, \
	    "intermediate that may not sign certificates", \
	    p->intermediate.key_usage = ASSAY_KU_CRL_SIGN) \
	X(pck_is_ca, "pck-is-ca", PCK_LEAF_USAGE, SGX_PCK_INVALID_EXTENSIONS, \
	    "PCK certificate with the CA flag", p->pck_cert.is_ca = true) \
	X(pck_usage, "pck-usage", PCK_LEAF_USAGE, SGX_PCK_INVALID_EXTENSIONS, \
	    "PCK certificate that may not sign", \
	    p->pck_cert.key_usage = ASSAY_KU_KEY_CERT_SIGN) \
	X(pck_no_sgx, "pck-no-sgx", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, \
	    "PCK certificate without SGX extension", p->pck.absent = true) \
	X(pck_no_ppid, "pck-no-ppid", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, \
	    "SGX extension without its element 1", p->pck.omit = 1u << 1) \
	X(pck_no_tcb, "pck-no-tcb", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, \
	    "SGX extension without its element 2", p->pck.omit = 1u << 2) \
	X(pck_no_pceid, "pck-no-pceid", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, \
	    "SGX extension without its element 3", p->pck.omit = 1u << 3) \
	X(pck_no_fmspc, "pck-no-fmspc", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, \
	    "SGX extension without its element 4", p->pck.omit = 1u << 4) \
	X(pck_no_sgx_type, "pck-no-sgx-type", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, \
	    "SGX extension without its element 5", p->pck.omit = 1u << 5) \
	X(pck_no_instance, "pck-no-instance", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, \
	    "SGX extension without its element 6", p->pck.omit = 1u << 6) \
	X(pck_no_configuration, "pck-no-configuration", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, \
	    "SGX extension without its element 7", p->pck.omit = 1u << 7) \
	X(pck_no_component, "pck-no-component", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, "SGX extension without component 16", \
	    p->pck.omit_tcb = 1u << 16) \
	X(pck_no_pcesvn, "pck-no-pcesvn", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, "SGX extension without PCESVN", \
	    p->pck.omit_tcb = 1u << 17) \
	X(pck_no_cpusvn, "pck-no-cpusvn", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, "SGX extension without CPUSVN", \
	    p->pck.omit_tcb = 1u << 18) \
	X(pck_fmspc_twice, "pck-fmspc-twice", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, "SGX extension with two FMSPCs", \
	    p->pck.twice = 1u << 4) \
	X(pck_ppid_short, "pck-ppid-short", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, "PPID of 15 octets", \
	    p->pck.short_field = 1) \
	X(pck_pceid_short, "pck-pceid-short", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, "PCEID of one octet", \
	    p->pck.short_field = 3) \
	X(pck_fmspc_short, "pck-fmspc-short", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, "FMSPC of five octets", \
	    p->pck.short_field = 4) \
	X(pck_sgx_type, "pck-sgx-type", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, "unknown SGX type", \
	    p->pck.sgx_type = 9) \
	X(pck_sgx_trailing, "pck-sgx-trailing", PCK_SGX_EXTENSIONS, \
	    SGX_PCK_INVALID_EXTENSIONS, "bytes behind the SGX extension", \
	    p->pck.trailing = true) \
	X(root_signature, "root-signature", PCK_ROOT_SIGNATURE, \
	    SGX_ROOT_CA_INVALID_ISSUER, \
	    "root certificate not signed by itself", p->root.forged = true) \
	X(intermediate_signature, "intermediate-signature", \
	    PCK_INTERMEDIATE_SIGNATURE, SGX_INTERMEDIATE_CA_INVALID_ISSUER, \
	    "intermediate certificate not signed by the root", \
	    p->intermediate.forged = true) \
	X(intermediate_issuer, "intermediate-issuer", \
	    PCK_INTERMEDIATE_SIGNATURE, SGX_INTERMEDIATE_CA_INVALID_ISSUER, \
	    "intermediate certificate names another issuer", \
	    p->intermediate.issuer_cn = "Intel SGX Root CA 2") \
	X(pck_signature, "pck-signature", PCK_LEAF_SIGNATURE, \
	    SGX_PCK_INVALID_ISSUER, \
	    "PCK certificate not signed by the intermediate", \
	    p->pck_cert.forged = true) \
	X(pck_issuer, "pck-issuer", PCK_LEAF_SIGNATURE, \
	    SGX_PCK_INVALID_ISSUER, "PCK certificate names another issuer", \
	    p->pck_cert.issuer_cn = "Intel SGX PCK Processor CA") \
	X(untrusted_root, "untrusted-root", PCK_ROOT_TRUSTED, \
	    SGX_PCK_CERT_CHAIN_UNTRUSTED, \
	    "everything under a root that is not trusted", \
	    p->other_anchor = true) \
	X(root_not_yet_valid, "root-not-yet-valid", PCK_CHAIN_NOT_BEFORE, \
	    SGX_PCK_CERT_CHAIN_NOT_YET_VALID, \
	    "root certificate valid from tomorrow", \
	    p->root.not_before = p->at + DAY) \
	X(root_expired, "root-expired", PCK_CHAIN_NOT_AFTER, \
	    COLLATERAL_EXPIRED, "root certificate expired yesterday", \
	    p->root.not_after = p->at - DAY) \
	X(intermediate_not_yet_valid, "intermediate-not-yet-valid", \
	    PCK_CHAIN_NOT_BEFORE, SGX_PCK_CERT_CHAIN_NOT_YET_VALID, \
	    "intermediate certificate valid from tomorrow", \
	    p->intermediate.not_before = p->at + DAY) \
	X(intermediate_expired, "intermediate-expired", PCK_CHAIN_NOT_AFTER, \
	    COLLATERAL_EXPIRED, "intermediate certificate expired yesterday", \
	    p->intermediate.not_after = p->at - DAY) \
	X(pck_not_yet_valid, "pck-not-yet-valid", PCK_CHAIN_NOT_BEFORE, \
	    SGX_PCK_CERT_CHAIN_NOT_YET_VALID, \
	    "PCK certificate valid from tomorrow", \
	    p->pck_cert.not_before = p->at + DAY) \
	X(pck_expired, "pck-expired", PCK_CHAIN_NOT_AFTER, \
	    COLLATERAL_EXPIRED, "PCK certificate expired yesterday", \
	    p->pck_cert.not_after = p->at - DAY)

/* Both revocation lists, and who stands in them. */
#define ASSAY_BREAKAGES_CRL(X) \
	X(root_crl_missing, "root-crl-missing", COUNT, COLLATERAL_MISSING, \
	    "no root CA CRL", p->root_crl.missing = true) \
	X(root_crl_garbage, "root-crl-garbage", COUNT, \
	    SGX_CRL_UNSUPPORTED_FORMAT, "root CA CRL is no CRL", \
	    p->root_crl.garbage = true) \
	X(root_crl_trailing, "root-crl-trailing", COUNT, \
	    SGX_CRL_UNSUPPORTED_FORMAT, "a byte behind the root CA CRL", \
	    p->root_crl.trailing = true) \
	X(root_crl_issuer, "root-crl-issuer", ROOT_CRL_ISSUER, \
	    SGX_CRL_UNKNOWN_ISSUER, "root CA CRL names another issuer", \
	    p->root_crl.issuer_cn = "Intel SGX Other CA") \
	X(root_crl_no_number, "root-crl-no-number", ROOT_CRL_NUMBER, \
	    SGX_CRL_UNSUPPORTED_FORMAT, "root CA CRL without CRL number", \
	    p->root_crl.no_number = true) \
	X(root_crl_no_aki, "root-crl-no-aki", ROOT_CRL_EXTENSIONS, \
	    SGX_CRL_INVALID_EXTENSIONS, \
	    "root CA CRL without authority key identifier", \
	    p->root_crl.no_aki = true) \
	X(root_crl_signature, "root-crl-signature", ROOT_CRL_SIGNATURE, \
	    SGX_CRL_INVALID_SIGNATURE, "root CA CRL signed by a stranger", \
	    p->root_crl.forged = true) \
	X(root_crl_expired, "root-crl-expired", ROOT_CRL_WINDOW, \
	    COLLATERAL_EXPIRED, "root CA CRL expired yesterday", \
	    p->root_crl.next_update = p->at - DAY) \
	X(root_crl_not_yet_valid, "root-crl-not-yet-valid", ROOT_CRL_WINDOW, \
	    COLLATERAL_EXPIRED, "root CA CRL of tomorrow", \
	    p->root_crl.this_update = p->at + DAY) \
	X(pck_crl_missing, "pck-crl-missing", COUNT, COLLATERAL_MISSING, \
	    "no PCK CRL", p->pck_crl.missing = true) \
	X(pck_crl_garbage, "pck-crl-garbage", COUNT, \
	    SGX_CRL_UNSUPPORTED_FORMAT, "PCK CRL is no CRL", \
	    p->pck_crl.garbage = true) \
	X(pck_crl_trailing, "pck-crl-trailing", COUNT, \
	    SGX_CRL_UNSUPPORTED_FORMAT, "a byte behind the PCK CRL", \
	    p->pck_crl.trailing = true) \
	X(pck_crl_issuer, "pck-crl-issuer", PCK_CRL_ISSUER, \
	    SGX_CRL_UNKNOWN_ISSUER, "PCK CRL names another issuer", \
	    p->pck_crl.issuer_cn = "Intel SGX Other CA") \
	X(pck_crl_no_number, "pck-crl-no-number", PCK_CRL_NUMBER, \
	    SGX_CRL_UNSUPPORTED_FORMAT, "PCK CRL without CRL number", \
	    p->pck_crl.no_number = true) \
	X(pck_crl_no_aki, "pck-crl-no-aki", PCK_CRL_EXTENSIONS, \
	    SGX_CRL_INVALID_EXTENSIONS, \
	    "PCK CRL without authority key identifier", \
	    p->pck_crl.no_aki = true) \
	X(pck_crl_signature, "pck-crl-signature", PCK_CRL_SIGNATURE, \
	    SGX_CRL_INVALID_SIGNATURE, "PCK CRL signed by a stranger", \
	    p->pck_crl.forged = true) \
	X(pck_crl_expired, "pck-crl-expired", PCK_CRL_WINDOW, \
	    COLLATERAL_EXPIRED, "PCK CRL expired yesterday", \
	    p->pck_crl.next_update = p->at - DAY) \
	X(pck_crl_not_yet_valid, "pck-crl-not-yet-valid", PCK_CRL_WINDOW, \
	    COLLATERAL_EXPIRED, "PCK CRL of tomorrow", \
	    p->pck_crl.this_update = p->at + DAY) \
	X(pck_crl_other_ca, "pck-crl-other-ca", PCK_CRL_ISSUER, \
	    SGX_CRL_UNKNOWN_ISSUER, "PCK CRL of the other CA", \
	    p->other_ca_crl = true) \
	X(revoked_intermediate, "revoked-intermediate", \
	    INTERMEDIATE_NOT_REVOKED, SGX_INTERMEDIATE_CA_REVOKED, \
	    "intermediate CA in the root CA CRL", p->root_crl.revokes = true) \
	X(revoked_pck, "revoked-pck", PCK_NOT_REVOKED, SGX_PCK_REVOKED, \
	    "PCK certificate in the PCK CRL", p->pck_crl.revokes = true) \
	X(revoked_tcb_signer, "revoked-tcb-signer", TCB_SIGNER_NOT_REVOKED, \
	    SGX_TCB_SIGNING_CERT_REVOKED, \
	    "TCB signing certificate in the root CA CRL", (own_qe_chain(p), \
	    p->root_crl_revokes_tcb_signing = true)) \
	X(revoked_qe_signer, "revoked-qe-signer", QE_SIGNER_NOT_REVOKED, \
	    SGX_TCB_SIGNING_CERT_REVOKED, \
	    "QE identity signing certificate in the root CA CRL", \
	    (own_qe_chain(p), p->root_crl_revokes_qe_signing = true))

/*
 * The chain that signs TCB info or QE identity: pre is tcb or qe, C the
 * prefix of its checks, then what it signs, and its members of the params.
 */
#define ASSAY_BREAKAGES_CHAIN(X, pre, C, what, json, root, sign) \
	X(pre##_chain_missing, #pre "-chain-missing", COUNT, \
	    COLLATERAL_MISSING, "no chain of the " what, (own_qe_chain(p), \
	    p->json.chain_missing = true)) \
	X(pre##_chain_garbage, #pre "-chain-garbage", COUNT, \
	    UNSUPPORTED_CERT_FORMAT, "chain of the " what " is no PEM", \
	    (own_qe_chain(p), p->json.chain_garbage = true)) \
	X(pre##_chain_short, #pre "-chain-short", C##_CHAIN_LENGTH, \
	    UNSUPPORTED_CERT_FORMAT, "chain of the " what " without root", \
	    (own_qe_chain(p), p->json.chain_short = true)) \
	X(pre##_chain_long, #pre "-chain-long", C##_CHAIN_LENGTH, \
	    UNSUPPORTED_CERT_FORMAT, \
	    "three certificates in the chain of the " what, (own_qe_chain(p), \
	    p->json.chain_extra = true)) \
	X(pre##_chain_no_root, #pre "-chain-no-root", C##_CHAIN_ROOT, \
	    SGX_ROOT_CA_MISSING, \
	    "another CA instead of the root of the " what, (own_qe_chain(p), \
	    p->json.chain_short = true, p->json.chain_extra = true)) \
	X(pre##_root_name, #pre "-root-name", C##_CHAIN_ROOT, \
	    SGX_ROOT_CA_MISSING, \
	    "root of another name in the chain of the " what, \
	    (own_qe_chain(p), p->root.cn = "Intel SGX Rooted CA")) \
	X(pre##_signer_name, #pre "-signer-name", C##_CHAIN_SIGNER, \
	    SGX_TCB_SIGNING_CERT_MISSING, \
	    "signer of the " what " of another name", (own_qe_chain(p), \
	    p->sign.cn = "Intel SGX Signing")) \
	X(pre##_root_no_key_ids, #pre "-root-no-key-ids", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "root of the " what " without key identifiers", (own_qe_chain(p), \
	    p->root.no_key_ids = true)) \
	X(pre##_root_no_crl_url, #pre "-root-no-crl-url", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "root of the " what " without CRL distribution point", \
	    (own_qe_chain(p), p->root.no_crl_url = true)) \
	X(pre##_root_no_key_usage, #pre "-root-no-key-usage", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "root of the " what " without key usage", (own_qe_chain(p), \
	    p->root.key_usage = 0)) \
	X(pre##_root_no_constraints, #pre "-root-no-constraints", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "root of the " what " without basic constraints", \
	    (own_qe_chain(p), p->root.no_basic_constraints = true)) \
	X(pre##_root_critical_extension, #pre "-root-critical-extension", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "root of the " what " with an unknown critical extension", \
	    (own_qe_chain(p), p->root.critical_oid = "1.2.3.4")) \
	X(pre##_signer_no_key_ids, #pre "-signer-no-key-ids", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "signer of the " what " without key identifiers", \
	    (own_qe_chain(p), p->sign.no_key_ids = true)) \
	X(pre##_signer_no_crl_url, #pre "-signer-no-crl-url", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "signer of the " what " without CRL distribution point", \
	    (own_qe_chain(p), p->sign.no_crl_url = true)) \
	X(pre##_signer_no_key_usage, #pre "-signer-no-key-usage", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "signer of the " what " without key usage", (own_qe_chain(p), \
	    p->sign.key_usage = 0)) \
	X(pre##_signer_no_constraints, #pre "-signer-no-constraints", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "signer of the " what " without basic constraints", \
	    (own_qe_chain(p), p->sign.no_basic_constraints = true)) \
	X(pre##_signer_critical_extension, #pre "-signer-critical-extension", \
	    C##_CHAIN_EXTENSIONS, SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "signer of the " what " with an unknown critical extension", \
	    (own_qe_chain(p), p->sign.critical_oid = "1.2.3.4")) \
	X(pre##_root_not_ca, #pre "-root-not-ca", C##_CHAIN_USAGE, \
	    SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "root of the " what " without the CA flag", (own_qe_chain(p), \
	    p->root.is_ca = false, p->root.pathlen = -1)) \
	X(pre##_root_usage, #pre "-root-usage", C##_CHAIN_USAGE, \
	    SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "root of the " what " that may not sign certificates", \
	    (own_qe_chain(p), p->root.key_usage = ASSAY_KU_CRL_SIGN)) \
	X(pre##_signer_is_ca, #pre "-signer-is-ca", C##_CHAIN_USAGE, \
	    SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "signer of the " what " with the CA flag", (own_qe_chain(p), \
	    p->sign.is_ca = true)) \
	X(pre##_signer_usage, #pre "-signer-usage", C##_CHAIN_USAGE, \
	    SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS, \
	    "signer of the " what " that may not sign", (own_qe_chain(p), \
	    p->sign.key_usage = ASSAY_KU_KEY_CERT_SIGN)) \
	X(pre##_root_signature, #pre "-root-signature", \
	    C##_CHAIN_ROOT_SIGNATURE, SGX_ROOT_CA_INVALID_ISSUER, \
	    "root of the " what " not signed by itself", (own_qe_chain(p), \
	    p->root.forged = true)) \
	X(pre##_signer_signature, #pre "-signer-signature", \
	    C##_CHAIN_SIGNATURE, SGX_TCB_SIGNING_CERT_INVALID_ISSUER, \
	    "signer of the " what " not signed by the root", \
	    (own_qe_chain(p), p->sign.forged = true)) \
	X(pre##_signer_issuer, #pre "-signer-issuer", C##_CHAIN_SIGNER, \
	    SGX_TCB_SIGNING_CERT_MISSING, \
	    "signer of the " what " names another issuer", (own_qe_chain(p), \
	    p->sign.issuer_cn = "Intel SGX Root CA 2")) \
	X(pre##_signer_by_intermediate, #pre "-signer-by-intermediate", \
	    C##_CHAIN_SIGNER, SGX_TCB_SIGNING_CERT_MISSING, \
	    "signer of the " what " issued by the PCK CA", (own_qe_chain(p), \
	    p->json.by_intermediate = true)) \
	X(pre##_chain_untrusted, #pre "-chain-untrusted", C##_CHAIN_TRUSTED, \
	    SGX_TCB_SIGNING_CERT_CHAIN_UNTRUSTED, \
	    "chain of the " what " under an unknown root", (own_qe_chain(p), \
	    p->json.by_stranger = true)) \
	X(pre##_root_not_yet_valid, #pre "-root-not-yet-valid", \
	    C##_CHAIN_NOT_BEFORE, SGX_TCB_SIGNING_CERT_CHAIN_NOT_YET_VALID, \
	    "root of the " what " valid from tomorrow", (own_qe_chain(p), \
	    p->root.not_before = p->at + DAY)) \
	X(pre##_root_expired, #pre "-root-expired", C##_CHAIN_NOT_AFTER, \
	    COLLATERAL_EXPIRED, "root of the " what " expired yesterday", \
	    (own_qe_chain(p), p->root.not_after = p->at - DAY)) \
	X(pre##_signer_not_yet_valid, #pre "-signer-not-yet-valid", \
	    C##_CHAIN_NOT_BEFORE, SGX_TCB_SIGNING_CERT_CHAIN_NOT_YET_VALID, \
	    "signer of the " what " valid from tomorrow", (own_qe_chain(p), \
	    p->sign.not_before = p->at + DAY)) \
	X(pre##_signer_expired, #pre "-signer-expired", C##_CHAIN_NOT_AFTER, \
	    COLLATERAL_EXPIRED, "signer of the " what " expired yesterday", \
	    (own_qe_chain(p), p->sign.not_after = p->at - DAY))

/* TCB info, the chain that signs it, and where the platform stands in it. */
#define ASSAY_BREAKAGES_TCB(X) \
	X(tcb_info_missing, "tcb-info-missing", COUNT, COLLATERAL_MISSING, \
	    "no TCB info", p->tcb_info.missing = true) \
	X(tcb_info_signature, "tcb-info-signature", TCB_INFO_SIGNATURE, \
	    TCB_INFO_INVALID_SIGNATURE, "TCB info signed by a stranger", \
	    p->tcb_info.forged = true) \
	X(tcb_info_tampered, "tcb-info-tampered", TCB_INFO_SIGNATURE, \
	    TCB_INFO_INVALID_SIGNATURE, "status changed after signing", \
	    tampered(&p->tcb_info, "\"Revoked\"", "\"UpToDate\"")) \
	X(tcb_info_reformatted, "tcb-info-reformatted", TCB_INFO_SIGNATURE, \
	    TCB_INFO_INVALID_SIGNATURE, "white space added after signing", \
	    tampered(&p->tcb_info, "\"tcbType\":0", "\"tcbType\": 0")) \
	X(tcb_info_version, "tcb-info-version", TCB_INFO_VERSION, \
	    SGX_TCB_INFO_INVALID, "TCB info of version 4", \
	    p->tcb_info.version = 4) \
	X(tcb_info_tcb_type, "tcb-info-tcb-type", TCB_INFO_TCB_TYPE, \
	    SGX_TCB_INFO_INVALID, "TCB info of tcbType 1", \
	    resigned(&p->tcb_info, "\"tcbType\":0", "\"tcbType\":1")) \
	X(tcb_info_no_levels, "tcb-info-no-levels", TCB_INFO_LEVELS, \
	    SGX_TCB_INFO_INVALID, "TCB info without levels", \
	    p->tcb_info.no_levels = true) \
	X(tcb_info_two_equal_levels, "tcb-info-two-equal-levels", \
	    TCB_INFO_LEVELS, SGX_TCB_INFO_INVALID, \
	    "TCB info with two equal levels", resigned(&p->tcb_info, \
	    "\"tcbLevels\":[", \
	    "\"tcbLevels\":[" EXTRA_LEVEL "," EXTRA_LEVEL ",")) \
	X(tcb_info_short_components, "tcb-info-short-components", COUNT, \
	    SGX_TCB_INFO_INVALID, "a level of 15 components", \
	    resigned(&p->tcb_info, ",{\"svn\":0}],\"pcesvn\"", \
	    "],\"pcesvn\"")) \
	X(tcb_info_long_components, "tcb-info-long-components", COUNT, \
	    SGX_TCB_INFO_INVALID, "a level of 17 components", \
	    resigned(&p->tcb_info, "],\"pcesvn\"", \
	    ",{\"svn\":0}],\"pcesvn\"")) \
	X(tcb_info_component_256, "tcb-info-component-256", COUNT, \
	    SGX_TCB_INFO_INVALID, "a component of 256", \
	    resigned(&p->tcb_info, "{\"svn\":255}", "{\"svn\":256}")) \
	X(tcb_info_component_float, "tcb-info-component-float", COUNT, \
	    SGX_TCB_INFO_INVALID, "a component that is a real number", \
	    resigned(&p->tcb_info, "{\"svn\":255}", "{\"svn\":255.0}")) \
	X(tcb_info_unknown_status, "tcb-info-unknown-status", COUNT, \
	    SGX_TCB_INFO_INVALID, "an unknown status", resigned(&p->tcb_info, \
	    "\"UpToDate\"", "\"Fine\"")) \
	X(tcb_info_date, "tcb-info-date", COUNT, SGX_TCB_INFO_INVALID, \
	    "a date with fractions of a second", resigned(&p->tcb_info, \
	    "\"2025-08-13T00:00:00Z\"", "\"2025-08-13T00:00:00.5Z\"")) \
	X(tcb_info_duplicate_member, "tcb-info-duplicate-member", COUNT, \
	    SGX_TCB_INFO_INVALID, "a member twice, signed", \
	    resigned(&p->tcb_info, "\"tcbType\":0", \
	    "\"tcbType\":0,\"tcbType\":0")) \
	X(tcb_info_duplicate_signature, "tcb-info-duplicate-signature", \
	    COUNT, SGX_TCB_INFO_INVALID, "two signatures", \
	    tampered(&p->tcb_info, ",\"signature\"", \
	    ",\"signature\":\"00\",\"signature\"")) \
	X(tcb_info_trailing, "tcb-info-trailing", COUNT, \
	    SGX_TCB_INFO_UNSUPPORTED_FORMAT, "text behind the TCB info", \
	    p->tcb_info.behind = "x") \
	X(tcb_info_newline, "tcb-info-newline", COUNT, OK, \
	    "a newline behind the TCB info: good", p->tcb_info.behind = "\n") \
	X(tcb_info_no_fmspc, "tcb-info-no-fmspc", COUNT, \
	    SGX_TCB_INFO_INVALID, "TCB info without FMSPC", \
	    resigned(&p->tcb_info, "\"fmspc\"", "\"fmspk\"")) \
	X(tcb_info_from_tomorrow, "tcb-info-from-tomorrow", \
	    TCB_INFO_ISSUE_DATE, SGX_TCB_INFO_NOT_YET_VALID, \
	    "TCB info issued tomorrow", p->tcb_info.issue_date = p->at + DAY) \
	X(tcb_info_expired, "tcb-info-expired", TCB_INFO_NEXT_UPDATE, \
	    COLLATERAL_EXPIRED, "TCB info expired yesterday", \
	    p->tcb_info.next_update = p->at - DAY) \
	X(tcb_info_id, "tcb-info-id", TCB_INFO_ID, TCB_INFO_MISMATCH, \
	    "TCB info of TDX", p->tcb_info.tdx = true) \
	X(tcb_info_fmspc, "tcb-info-fmspc", TCB_INFO_FMSPC, \
	    TCB_INFO_MISMATCH, "TCB info of another FMSPC", \
	    resigned(&p->tcb_info, "\"fmspc\":\"F0606A", \
	    "\"fmspc\":\"F0606B")) \
	X(tcb_info_pceid, "tcb-info-pceid", TCB_INFO_PCEID, \
	    TCB_INFO_MISMATCH, "TCB info of another PCE", \
	    resigned(&p->tcb_info, "\"pceId\":\"0000\"", \
	    "\"pceId\":\"0001\"")) \
	X(tcb_below_all, "tcb-below-all", TCB_LEVEL, TCB_NOT_SUPPORTED, \
	    "platform below every level", p->pck.components[0] = 3) \
	X(pcesvn_below_all, "pcesvn-below-all", TCB_LEVEL, TCB_NOT_SUPPORTED, \
	    "PCE below every level", p->pck.pcesvn = 4) \
	X(last_component_below, "last-component-below", COUNT, OK, \
	    "platform below the best level in component 7 only", \
	    p->pck.components[6] = 0) \
	X(tcb_sw_hardening_needed, "tcb-sw-hardening-needed", COUNT, OK, \
	    "platform in a level of this status", at_status(p, \
	    "SWHardeningNeeded")) \
	X(tcb_configuration_needed, "tcb-configuration-needed", COUNT, OK, \
	    "platform in a level of this status", at_status(p, \
	    "ConfigurationNeeded")) \
	X(tcb_configuration_and_sw_hardening_needed, \
	    "tcb-configuration-and-sw-hardening-needed", COUNT, OK, \
	    "platform in a level of this status", at_status(p, \
	    "ConfigurationAndSWHardeningNeeded")) \
	X(tcb_out_of_date, "tcb-out-of-date", BASELINE, BELOW_BASELINE, \
	    "platform in a level of this status", at_status(p, "OutOfDate")) \
	X(tcb_out_of_date_configuration_needed, \
	    "tcb-out-of-date-configuration-needed", BASELINE, BELOW_BASELINE, \
	    "platform in a level of this status", at_status(p, \
	    "OutOfDateConfigurationNeeded")) \
	X(tcb_revoked, "tcb-revoked", TCB_NOT_REVOKED, TCB_REVOKED, \
	    "platform in a revoked level", at_status(p, "Revoked")) \
	X(tcb_evaluation_number, "tcb-evaluation-number", \
	    TCB_EVALUATION_NUMBER, BASELINE_UNKNOWN, \
	    "TCB info of another evaluation than the policy wants", \
	    p->tcb_info.evaluation_number++) \
	X(tcb_info_v2, "tcb-info-v2", COUNT, OK, \
	    "TCB info of version 2: good", p->tcb_info.version = 2) \
	X(processor_ca, "processor-ca", COUNT, OK, \
	    "platform under the processor CA: good", assay_sim_set_ca(p, \
	    ASSAY_SIM_PROCESSOR))

/* QE identity and the chain that signs it. */
#define ASSAY_BREAKAGES_QE_IDENTITY(X) \
	X(qe_identity_missing, "qe-identity-missing", COUNT, \
	    COLLATERAL_MISSING, "no QE identity", \
	    p->qe_identity.missing = true) \
	X(qe_identity_signature, "qe-identity-signature", \
	    QE_IDENTITY_SIGNATURE, SGX_ENCLAVE_IDENTITY_INVALID_SIGNATURE, \
	    "QE identity signed by a stranger", p->qe_identity.forged = true) \
	X(qe_identity_tampered, "qe-identity-tampered", \
	    QE_IDENTITY_SIGNATURE, SGX_ENCLAVE_IDENTITY_INVALID_SIGNATURE, \
	    "signer changed after signing", tampered(&p->qe_identity, \
	    "\"8C4F5775", "\"8C4F5776")) \
	X(qe_identity_version, "qe-identity-version", QE_IDENTITY_VERSION, \
	    SGX_ENCLAVE_IDENTITY_UNSUPPORTED_VERSION, \
	    "QE identity of version 3", p->qe_identity.version = 3) \
	X(qe_identity_no_levels, "qe-identity-no-levels", QE_IDENTITY_LEVELS, \
	    SGX_ENCLAVE_IDENTITY_INVALID, "QE identity without levels", \
	    p->qe_identity.no_levels = true) \
	X(qe_identity_two_equal_levels, "qe-identity-two-equal-levels", \
	    QE_IDENTITY_LEVELS, SGX_ENCLAVE_IDENTITY_INVALID, \
	    "QE identity with two equal levels", resigned(&p->qe_identity, \
	    "{\"isvsvn\":6}", "{\"isvsvn\":8}")) \
	X(qe_identity_unknown_status, "qe-identity-unknown-status", COUNT, \
	    SGX_ENCLAVE_IDENTITY_INVALID, "an unknown status", \
	    resigned(&p->qe_identity, "\"UpToDate\"", "\"Fine\"")) \
	X(qe_identity_duplicate_member, "qe-identity-duplicate-member", \
	    COUNT, SGX_ENCLAVE_IDENTITY_INVALID, \
	    "a member twice, signed", resigned(&p->qe_identity, \
	    "\"isvprodid\":1", "\"isvprodid\":1,\"isvprodid\":1")) \
	X(qe_identity_short_mrsigner, "qe-identity-short-mrsigner", COUNT, \
	    SGX_ENCLAVE_IDENTITY_INVALID, "MRSIGNER of 31 bytes", \
	    resigned(&p->qe_identity, "C57BFF\"", "C57B\"")) \
	X(qe_identity_no_mrsigner, "qe-identity-no-mrsigner", COUNT, \
	    SGX_ENCLAVE_IDENTITY_INVALID, "QE identity without MRSIGNER", \
	    resigned(&p->qe_identity, "\"mrsigner\"", "\"mrsinger\"")) \
	X(qe_identity_from_tomorrow, "qe-identity-from-tomorrow", \
	    QE_IDENTITY_ISSUE_DATE, SGX_ENCLAVE_IDENTITY_NOT_YET_VALID, \
	    "QE identity issued tomorrow", \
	    p->qe_identity.issue_date = p->at + DAY) \
	X(qe_identity_expired, "qe-identity-expired", \
	    QE_IDENTITY_NEXT_UPDATE, COLLATERAL_EXPIRED, \
	    "QE identity expired yesterday", \
	    p->qe_identity.next_update = p->at - DAY) \
	X(qe_identity_id, "qe-identity-id", QE_IDENTITY_ID, \
	    QE_IDENTITY_MISMATCH, "identity of the TD quoting enclave", \
	    p->qe_identity.tdx = true)

/* All but those of the quote. */
#define ASSAY_BREAKAGES_WORLD(X) \
	ASSAY_BREAKAGES_PCK(X) \
	ASSAY_BREAKAGES_CRL(X) \
	ASSAY_BREAKAGES_CHAIN(X, tcb, TCB, "TCB info", tcb_info, tcb_root, \
	    tcb_signing) \
	ASSAY_BREAKAGES_CHAIN(X, qe, QE, "QE identity", qe_identity, qe_root, \
	    qe_signing) \
	ASSAY_BREAKAGES_TCB(X) \
	ASSAY_BREAKAGES_QE_IDENTITY(X)

#define ASSAY_BREAKAGES(X) \
	ASSAY_BREAKAGES_QUOTE(X) \
	ASSAY_BREAKAGES_WORLD(X)

#endif
