// SPDX-License-Identifier: Apache-2.0
package assay;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.util.BinaryData;
import com.azure.security.attestation.AttestationAdministrationClient;
import com.azure.security.attestation.AttestationAdministrationClientBuilder;
import com.azure.security.attestation.AttestationClient;
import com.azure.security.attestation.AttestationClientBuilder;
import com.azure.security.attestation.models.AttestationData;
import com.azure.security.attestation.models.AttestationDataInterpretation;
import com.azure.security.attestation.models.AttestationOptions;
import com.azure.security.attestation.models.AttestationPolicySetOptions;
import com.azure.security.attestation.models.AttestationResult;
import com.azure.security.attestation.models.AttestationSigningKey;
import com.azure.security.attestation.models.AttestationTokenValidationOptions;
import com.azure.security.attestation.models.AttestationType;
import com.azure.security.attestation.models.CertificateModification;
import com.azure.security.attestation.models.PolicyManagementCertificateOptions;
import com.azure.security.attestation.models.PolicyModification;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * azure-security-attestation for Java, unmodified, against assayd.
 * Arguments: folder, URL of the AAD instance, URL of the isolated instance.
 */
public final class Conformance {
    private static final String PERMIT =
        "version= 1.0; authorizationrules { => permit(); };"
        + "issuancerules { c:[type==\"x-ms-sgx-mrenclave\"] => "
        + "issue(type=\"seen\", value=c.value); };";
    private static final String DENY =
        "version= 1.0; authorizationrules { => deny(); };";

    private static Path folder;
    private static int failed;

    interface Body {
        void run() throws Exception;
    }

    private static void step(String name, Body body) {
        try {
            body.run();
            System.out.println("ok " + name);
        } catch (Exception | AssertionError e) {
            failed++;
            System.out.println("FAIL " + name + ": " + e);
            e.printStackTrace();
        }
    }

    private static void check(boolean holds, Object what) {
        if (!holds) {
            throw new AssertionError(String.valueOf(what));
        }
    }

    private static void refused(String code, Body body) throws Exception {
        refused(400, code, body);
    }

    private static void refused(int status, String code, Body body)
        throws Exception {
        try {
            body.run();
        } catch (HttpResponseException e) {
            check(e.getResponse().getStatusCode() == status, e);
            check(code == null || e.getMessage().contains(code), e);
            return;
        }
        throw new AssertionError("was not refused");
    }

    private static byte[] read(String name) throws Exception {
        return Files.readAllBytes(folder.resolve(name));
    }

    private static X509Certificate certificate(String name) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(read(name)));
    }

    private static AttestationSigningKey signer(String name, String algorithm)
        throws Exception {
        String pem = new String(read(name + ".key"), StandardCharsets.US_ASCII)
            .replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        PrivateKey key = KeyFactory.getInstance(algorithm).generatePrivate(
            new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        return new AttestationSigningKey(certificate(name + ".pem"), key);
    }

    private static String digest(String algorithm, byte[] data)
        throws Exception {
        StringBuilder hex = new StringBuilder();
        for (byte b : MessageDigest.getInstance(algorithm).digest(data)) {
            hex.append(String.format("%02x", b));
        }
        return hex.toString();
    }

    private static AttestationTokenValidationOptions validation(String url) {
        return new AttestationTokenValidationOptions().setExpectedIssuer(url);
    }

    /** What a credential library would return: a token of the issuer. */
    private static TokenCredential credential(String name) throws Exception {
        String token = new String(read(name + ".jwt"),
            StandardCharsets.US_ASCII);
        return request -> Mono.just(new AccessToken(token,
            OffsetDateTime.now().plusMinutes(50)));
    }

    private static AttestationAdministrationClient administration(String url,
        String who) throws Exception {
        return new AttestationAdministrationClientBuilder().endpoint(url)
            .credential(credential(who))
            .tokenValidationOptions(validation(url)).buildClient();
    }

    private static AttestationAdministrationClient administration(String url)
        throws Exception {
        return administration(url, "contributor");
    }

    private static void callers(String aad) throws Exception {
        AttestationAdministrationClient reader = administration(aad, "reader");
        AttestationAdministrationClient late = administration(aad, "expired");
        AttestationType type = AttestationType.SGX_ENCLAVE;

        step("reader: getAttestationPolicy", () -> check(
            reader.getAttestationPolicy(type).contains("version"), "none"));
        step("reader: setAttestationPolicy", () ->
            refused(401, "Attestation Contributor", () ->
                reader.setAttestationPolicy(type, PERMIT)));
        step("expired token: getAttestationPolicy", () ->
            refused(401, "expired", () -> late.getAttestationPolicy(type)));
    }

    private static void attestation(String aad) throws Exception {
        AttestationClient client = new AttestationClientBuilder()
            .endpoint(aad).tokenValidationOptions(validation(aad))
            .buildClient();
        byte[] quote = read("sim/quote.bin");
        byte[] report = read("sim/report.bin");
        byte[] runtime = read("runtime.json");

        step("metadata", () -> {
            check(aad.equals(client.getOpenIdMetadata().getIssuer()),
                client.getOpenIdMetadata().getIssuer());
            check((aad + "/certs").equals(
                client.getOpenIdMetadata().getJsonWebKeySetUrl()), "jwks");
        });
        step("signers", () -> check(!client.listAttestationSigners()
            .getAttestationSigners().isEmpty(), "no signer"));
        step("attestSgxEnclave", () -> {
            AttestationResult result =
                client.attestSgxEnclave(BinaryData.fromBytes(quote));
            check(aad.equals(result.getIssuer()), result.getIssuer());
            check("sgx".equals(result.getVerifierType()),
                result.getVerifierType());
            Map<?, ?> collateral = (Map<?, ?>) result.getSgxCollateral();
            check(digest("SHA-256", quote).equals(
                collateral.get("quotehash")), collateral);
        });
        step("attestSgxEnclave: runtime data, binary", () -> {
            AttestationResult result = client.attestSgxEnclave(
                new AttestationOptions(BinaryData.fromBytes(quote))
                    .setRunTimeData(new AttestationData(
                        BinaryData.fromBytes(runtime),
                        AttestationDataInterpretation.BINARY)));
            check(Arrays.equals(runtime,
                result.getEnclaveHeldData().toBytes()), "ehd");
        });
        step("attestSgxEnclave: runtime data, JSON", () -> {
            AttestationResult result = client.attestSgxEnclave(
                new AttestationOptions(BinaryData.fromBytes(quote))
                    .setRunTimeData(new AttestationData(
                        BinaryData.fromBytes(runtime),
                        AttestationDataInterpretation.JSON)));
            Map<?, ?> claims = (Map<?, ?>) result.getRuntimeClaims();
            check("conformance".equals(claims.get("purpose")), claims);
        });
        step("attestSgxEnclave: draft policy", () -> {
            AttestationResult result = client.attestSgxEnclave(
                new AttestationOptions(BinaryData.fromBytes(quote))
                    .setDraftPolicyForAttestation(PERMIT)
                    .setValidationOptions(
                        new AttestationTokenValidationOptions()
                            .setValidateToken(false)));
            Map<?, ?> claims = (Map<?, ?>) result.getPolicyClaims();
            check(result.getMrEnclave().equals(claims.get("seen")), claims);
        });
        step("attestSgxEnclave: draft policy denies", () ->
            refused("PolicyEvaluationError", () -> client.attestSgxEnclave(
                new AttestationOptions(BinaryData.fromBytes(quote))
                    .setDraftPolicyForAttestation(DENY))));
        step("attestSgxEnclave: changed quote", () -> {
            byte[] broken = quote.clone();
            broken[400] ^= 1;
            refused("InvalidParameter", () ->
                client.attestSgxEnclave(BinaryData.fromBytes(broken)));
        });
        step("attestOpenEnclave", () -> {
            AttestationResult result =
                client.attestOpenEnclave(BinaryData.fromBytes(report));
            Map<?, ?> collateral = (Map<?, ?>) result.getSgxCollateral();
            check(digest("SHA-256", report).equals(
                collateral.get("quotehash")), collateral);
        });
    }

    private static void policies(String aad) throws Exception {
        AttestationAdministrationClient admin = administration(aad);
        AttestationType type = AttestationType.SGX_ENCLAVE;
        String original = admin.getAttestationPolicy(type);

        step("getAttestationPolicy: default", () ->
            check(original.contains("x-ms-sgx-mrenclave"), original));
        // This client signs with RS256 whatever the key, so EC keys fail in it.
        for (String name : new String[] {"unsigned", "RSA"}) {
            step("setAttestationPolicy: " + name, () -> {
                AttestationPolicySetOptions options =
                    new AttestationPolicySetOptions()
                        .setAttestationPolicy(PERMIT);
                if (name.equals("RSA")) {
                    options.setAttestationSigner(signer("signer", "RSA"));
                }
                check(PolicyModification.UPDATED.equals(
                    admin.setAttestationPolicy(type, options)
                        .getPolicyResolution()), "not updated");
                check(PERMIT.equals(admin.getAttestationPolicy(type)),
                    "another policy");
            });
            step("resetAttestationPolicy: after " + name, () -> {
                check(PolicyModification.REMOVED.equals(
                    admin.resetAttestationPolicy(type)
                        .getPolicyResolution()), "not removed");
                check(original.equals(admin.getAttestationPolicy(type)),
                    "another policy");
            });
        }
        step("setAttestationPolicy: does not parse", () ->
            refused("PolicyParsingError", () ->
                admin.setAttestationPolicy(type, "version= 1.0; nonsense")));
        step("listPolicyManagementCertificates: AAD has none", () ->
            check(admin.listPolicyManagementCertificates()
                .getAttestationSigners().isEmpty(), "has some"));
    }

    /** What the platform's own software does with a challenge. */
    private static String tpmRequest(Map<?, ?> challenge) throws Exception {
        Process process = new ProcessBuilder("python3",
            System.getenv("ASSAY_TPMLIB"), "request",
            folder.resolve("tpm").toString(),
            (String) challenge.get("challenge"),
            (String) challenge.get("service_context")).start();
        String text = new String(process.getInputStream().readAllBytes(),
            StandardCharsets.US_ASCII).trim();
        check(process.waitFor() == 0, "the platform failed");
        return text;
    }

    private static Map<?, ?> payload(String answer) {
        return (Map<?, ?>) BinaryData.fromString(answer).toObject(Map.class)
            .get("payload");
    }

    private static void tpm(String aad) throws Exception {
        AttestationAdministrationClient admin = administration(aad);
        AttestationClient client = new AttestationClientBuilder()
            .endpoint(aad).credential(credential("contributor")).buildClient();
        AttestationType type = AttestationType.TPM;
        String init = "{\"payload\":{\"type\":\"aikcert\"}}";

        step("attestTpm: without a policy", () ->
            refused("PolicyEvaluationError", () -> client.attestTpm(init)));
        step("setAttestationPolicy: TPM", () -> check(
            PolicyModification.UPDATED.equals(admin.setAttestationPolicy(type,
                "version= 1.0; authorizationrules { => permit(); };"
                + "issuancerules { => issue(type=\"seen\", value=\"tpm\"); };")
                .getPolicyResolution()), "not updated"));
        step("attestTpm", () -> {
            String request = "{\"payload\":{\"request\":\""
                + tpmRequest(payload(client.attestTpm(init))) + "\"}}";
            String report = (String) payload(client.attestTpm(request))
                .get("report");
            Map<?, ?> claims = BinaryData.fromBytes(Base64.getUrlDecoder()
                .decode(report.split("\\.")[1])).toObject(Map.class);
            check(aad.equals(claims.get("iss")), claims);
            check("tpm".equals(claims.get("seen")), claims);
            refused("InvalidParameter", () -> client.attestTpm(request));
        });
        step("resetAttestationPolicy: TPM", () -> check(
            PolicyModification.REMOVED.equals(admin.resetAttestationPolicy(
                type).getPolicyResolution()), "not removed"));
    }

    private static void management(String isolated) throws Exception {
        AttestationAdministrationClient admin = administration(isolated);
        AttestationType type = AttestationType.SGX_ENCLAVE;
        AttestationSigningKey signer = signer("signer", "RSA");

        step("isolated: certificates", () -> check(
            admin.listPolicyManagementCertificates()
                .getAttestationSigners().size() == 1, "not one"));
        step("isolated: unsigned policy is refused", () ->
            refused("InvalidOperation", () ->
                admin.setAttestationPolicy(type, PERMIT)));
        step("isolated: policy of a stranger is refused", () ->
            refused(null, () -> admin.setAttestationPolicy(type,
                new AttestationPolicySetOptions().setAttestationPolicy(PERMIT)
                    .setAttestationSigner(signer("other", "RSA")))));
        step("isolated: signed policy, and reset", () -> {
            check(PolicyModification.UPDATED.equals(
                admin.setAttestationPolicy(type,
                    new AttestationPolicySetOptions()
                        .setAttestationPolicy(PERMIT)
                        .setAttestationSigner(signer))
                    .getPolicyResolution()), "not updated");
            check(PERMIT.equals(admin.getAttestationPolicy(type)),
                "another policy");
            check(PolicyModification.REMOVED.equals(
                admin.resetAttestationPolicy(type,
                    new AttestationPolicySetOptions()
                        .setAttestationSigner(signer))
                    .getPolicyResolution()), "not removed");
        });
        step("isolated: add a certificate", () -> {
            X509Certificate second = certificate("second.pem");
            var result = admin.addPolicyManagementCertificate(
                new PolicyManagementCertificateOptions(second, signer));
            check(CertificateModification.IS_PRESENT.equals(
                result.getCertificateResolution()), "not present");
            check(digest("SHA-1", second.getEncoded()).toUpperCase().equals(
                result.getCertificateThumbprint()),
                result.getCertificateThumbprint());
        });
        step("isolated: remove a certificate", () ->
            check(CertificateModification.IS_ABSENT.equals(
                admin.deletePolicyManagementCertificate(
                    new PolicyManagementCertificateOptions(
                        certificate("second.pem"), signer))
                    .getCertificateResolution()), "not absent"));
        step("isolated: the last certificate stays", () ->
            refused(null, () -> admin.deletePolicyManagementCertificate(
                new PolicyManagementCertificateOptions(
                    certificate("signer.pem"), signer))));
    }

    private Conformance() {
    }

    public static void main(String[] args) throws Exception {
        folder = Path.of(args[0]);
        attestation(args[1]);
        callers(args[1]);
        policies(args[1]);
        tpm(args[1]);
        management(args[2]);
        System.exit(failed == 0 ? 0 : 1);
    }
}
