// SPDX-License-Identifier: Apache-2.0
// @azure/attestation, unmodified, against assayd.
// usage: node conformance.js FOLDER AAD_URL ISOLATED_URL
const assert = require("assert");
const { execFileSync } = require("child_process");
const crypto = require("crypto");
const fs = require("fs");
const {
  AttestationClient, AttestationAdministrationClient, KnownAttestationType,
} = require("@azure/attestation");

const [folder, aad, isolated] = process.argv.slice(2);
const read = (name) => fs.readFileSync(`${folder}/${name}`);
const text = (name) => read(name).toString();
// What a credential library would return: a token of the issuer.
const credentialOf = (name) => ({
  getToken: async () => ({
    token: text(`${name}.jwt`), expiresOnTimestamp: Date.now() + 3000000,
  }),
});
const credential = credentialOf("contributor");
const quote = read("sim/quote.bin");
const report = read("sim/report.bin");
const runtime = read("runtime.json");
const permit = "version= 1.0; authorizationrules { => permit(); };" +
  "issuancerules { c:[type==\"x-ms-sgx-mrenclave\"] => " +
  "issue(type=\"seen\", value=c.value); };";
const deny = "version= 1.0; authorizationrules { => deny(); };";

let failed = 0;
async function step(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (e) {
    failed++;
    console.log(`FAIL ${name}: ${e.message}`);
    console.error(e);
  }
}

async function refused(promise, code, words, status = 400) {
  const error = await promise.then(() => null, (e) => e);
  assert(error, "was not refused");
  assert.strictEqual(error.statusCode, status, error.message);
  const body = JSON.parse(error.response.bodyAsText);
  assert.strictEqual(body.error.code, code, error.response.bodyAsText);
  if (words) {
    assert(body.error.message.includes(words), body.error.message);
  }
}

function validation(url) {
  return {
    validateToken: true, validateExpirationTime: true,
    validateNotBeforeTime: true, validateIssuer: true, expectedIssuer: url,
  };
}

async function attestation() {
  const client = new AttestationClient(aad, {
    validationOptions: validation(aad),
  });
  await step("metadata", async () => {
    const metadata = await client.getOpenIdMetadata();
    assert.strictEqual(metadata.issuer, aad);
    assert.strictEqual(metadata.jwks_uri, `${aad}/certs`);
  });
  await step("signers", async () => {
    const signers = await client.getAttestationSigners();
    assert(signers.length >= 1);
    const pem = signers[0].certificates[0];
    const certificate = new crypto.X509Certificate(pem);
    assert.strictEqual(certificate.subject, `CN=${aad}`);
    assert(certificate.verify(certificate.publicKey));
  });
  await step("attestSgxEnclave", async () => {
    const result = await client.attestSgxEnclave(quote);
    assert.strictEqual(result.body.issuer, aad);
    assert.strictEqual(result.body.verifierType, "sgx");
    assert.strictEqual(result.body.version, "1.0");
    assert.strictEqual(result.body.mrEnclave.length, 64);
    assert.strictEqual(result.body.sgxCollateral.quotehash,
      crypto.createHash("sha256").update(quote).digest("hex"));
    assert.strictEqual(result.token.algorithm, "RS256");
    assert.strictEqual(
      result.token.expiresOn - result.token.issuedAt, 8 * 3600 * 1000);
  });
  await step("attestSgxEnclave: runtime data, binary", async () => {
    const result = await client.attestSgxEnclave(quote, {
      runTimeData: runtime,
    });
    assert.deepStrictEqual(Buffer.from(result.body.enclaveHeldData), runtime);
    assert.strictEqual(result.body.runTimeClaims, undefined);
  });
  await step("attestSgxEnclave: runtime data, JSON", async () => {
    const result = await client.attestSgxEnclave(quote, {
      runTimeJson: runtime,
    });
    assert.deepStrictEqual(result.body.runTimeClaims,
      JSON.parse(runtime.toString()));
    assert.strictEqual(result.body.enclaveHeldData, undefined);
  });
  await step("attestSgxEnclave: wrong runtime data", () =>
    refused(client.attestSgxEnclave(quote, {
      runTimeData: Buffer.from("something else"),
    }), "InvalidParameter"));
  await step("attestSgxEnclave: draft policy", async () => {
    const result = await client.attestSgxEnclave(quote, {
      draftPolicyForAttestation: permit,
    });
    assert.strictEqual(result.token.algorithm, "none");
    assert.strictEqual(result.body.policyClaims.seen, result.body.mrEnclave);
  });
  await step("attestSgxEnclave: draft policy denies", () =>
    refused(client.attestSgxEnclave(quote, {
      draftPolicyForAttestation: deny,
    }), "PolicyEvaluationError", "A Deny claim was issued"));
  await step("attestSgxEnclave: draft policy does not parse", () =>
    refused(client.attestSgxEnclave(quote, {
      draftPolicyForAttestation: "version= 1.0; nonsense",
    }), "PolicyParsingError"));
  await step("attestSgxEnclave: changed quote", async () => {
    const broken = Buffer.from(quote);
    broken[400] ^= 1;
    await refused(client.attestSgxEnclave(broken), "InvalidParameter",
      "signature");
  });
  await step("attestSgxEnclave: not a quote", () =>
    refused(client.attestSgxEnclave(Buffer.from("hello")),
      "InvalidParameter"));
  await step("attestOpenEnclave", async () => {
    const result = await client.attestOpenEnclave(report, {
      runTimeJson: runtime,
    });
    assert.strictEqual(result.body.verifierType, "sgx");
    assert.strictEqual(result.body.sgxCollateral.quotehash,
      crypto.createHash("sha256").update(report).digest("hex"));
  });
  await step("another issuer is noticed", async () => {
    const picky = new AttestationClient(aad, {
      validationOptions: validation("https://elsewhere.example"),
    });
    await assert.rejects(picky.attestSgxEnclave(quote), /issuer/);
  });
}

function administration(url, who = credential) {
  return new AttestationAdministrationClient(url, who, {
    validationOptions: validation(url),
  });
}

async function callers() {
  const type = KnownAttestationType.SgxEnclave;
  const reader = administration(aad, credentialOf("reader"));
  await step("reader: getPolicy", async () => {
    assert((await reader.getPolicy(type)).body.includes("version"));
  });
  await step("reader: setPolicy", () =>
    refused(reader.setPolicy(type, permit), "Unauthorized",
      "Attestation Contributor", 401));
  const late = administration(aad, credentialOf("expired"));
  await step("expired token: getPolicy", () =>
    refused(late.getPolicy(type), "Unauthorized", "expired", 401));
  await step("expired token: attestTpm", () => refused(
    new AttestationClient(aad, credentialOf("expired"))
      .attestTpm("{\"payload\":{\"type\":\"aikcert\"}}"),
    "Unauthorized", "expired", 401));
}

async function policies() {
  const admin = administration(aad);
  const type = KnownAttestationType.SgxEnclave;
  const original = (await admin.getPolicy(type)).body;
  await step("getPolicy: default", async () => {
    assert(original.includes("x-ms-sgx-mrenclave"), original);
    const other = await admin.getPolicy(KnownAttestationType.OpenEnclave);
    assert.strictEqual(other.body, original);
  });
  for (const [name, key, certificate] of [
    ["unsigned"], ["RS256", "signer.key", "signer.pem"],
    ["ES256", "ec.key", "ec.pem"]]) {
    const options = key === undefined ? {} :
      { privateKey: text(key), certificate: text(certificate) };
    await step(`setPolicy: ${name}`, async () => {
      const result = await admin.setPolicy(type, permit, options);
      assert.strictEqual(result.body.policyResolution, "Updated");
      if (key !== undefined) {
        assert.strictEqual(
          result.body.policySigner.certificates.length, 1);
      }
      const now = await admin.getPolicy(type);
      assert.strictEqual(now.body, permit);
      const client = new AttestationClient(aad);
      const attested = await client.attestSgxEnclave(quote);
      assert.strictEqual(attested.body.policyClaims.seen,
        attested.body.mrEnclave);
    });
    await step(`resetPolicy: ${name}`, async () => {
      const result = await admin.resetPolicy(type, options);
      assert.strictEqual(result.body.policyResolution, "Removed");
      assert.strictEqual((await admin.getPolicy(type)).body, original);
    });
  }
  await step("setPolicy: does not parse", async () => {
    await refused(admin.setPolicy(type, "version= 1.0; nonsense"),
      "PolicyParsingError");
    assert.strictEqual((await admin.getPolicy(type)).body, original);
  });
  await step("getPolicyManagementCertificates: AAD has none", async () => {
    const certificates = await admin.getPolicyManagementCertificates();
    assert.deepStrictEqual(certificates.body, []);
  });
  await step("addPolicyManagementCertificate: refused in AAD", () =>
    refused(admin.addPolicyManagementCertificate(text("second.pem"),
      text("signer.key"), text("signer.pem")), "InvalidOperation"));
}

// What the platform's own software does with a challenge.
function tpmRequest(challenge) {
  return execFileSync("python3", [process.env.ASSAY_TPMLIB, "request",
    `${folder}/tpm`, challenge.challenge, challenge.service_context])
    .toString().trim();
}

async function tpm() {
  const admin = administration(aad);
  const client = new AttestationClient(aad, credential);
  const type = KnownAttestationType.Tpm;
  const init = JSON.stringify({ payload: { type: "aikcert" } });
  const tpmPermit = "version= 1.0; authorizationrules { => permit(); };" +
    "issuancerules { => issue(type=\"seen\", value=\"tpm\"); };";
  await step("attestTpm: without a policy", () =>
    refused(client.attestTpm(init), "PolicyEvaluationError",
      "has not been set"));
  await step("setPolicy: Tpm", async () => {
    const result = await admin.setPolicy(type, tpmPermit);
    assert.strictEqual(result.body.policyResolution, "Updated");
    assert.strictEqual((await admin.getPolicy(type)).body, tpmPermit);
  });
  for (const [name, wrap, open] of [
    ["enveloped", (m) => ({ payload: m }), (m) => m.payload],
    ["bare", (m) => m, (m) => m]]) {
    await step(`attestTpm: ${name}`, async () => {
      const challenge = open(JSON.parse(await client.attestTpm(
        JSON.stringify(wrap({ type: "aikcert" })))));
      assert.strictEqual(
        Buffer.from(challenge.challenge, "base64url").length, 16);
      const request = JSON.stringify(wrap({ request: tpmRequest(challenge) }));
      const { report } = open(JSON.parse(await client.attestTpm(request)));
      const signers = await client.getAttestationSigners();
      const [head, payload, signature] = report.split(".");
      const key = new crypto.X509Certificate(signers[0].certificates[0])
        .publicKey;
      assert(crypto.verify("sha256", Buffer.from(`${head}.${payload}`), key,
        Buffer.from(signature, "base64url")));
      const claims = JSON.parse(Buffer.from(payload, "base64url"));
      assert.strictEqual(claims.iss, aad);
      assert.strictEqual(claims.seen, "tpm");
      await refused(client.attestTpm(request), "InvalidParameter",
        "was answered before");
    });
  }
  await step("resetPolicy: Tpm", async () => {
    const result = await admin.resetPolicy(type);
    assert.strictEqual(result.body.policyResolution, "Removed");
  });
}

async function management() {
  const admin = administration(isolated);
  const type = KnownAttestationType.SgxEnclave;
  const signed = (name) => ({
    privateKey: text(`${name}.key`), certificate: text(`${name}.pem`),
  });
  await step("isolated: certificates", async () => {
    const certificates = await admin.getPolicyManagementCertificates();
    assert.strictEqual(certificates.body.length, 1);
  });
  await step("isolated: unsigned policy is refused", () =>
    refused(admin.setPolicy(type, permit), "InvalidOperation"));
  await step("isolated: policy of a stranger is refused", async () => {
    const error = await admin.setPolicy(type, permit, signed("other"))
      .then(() => null, (e) => e);
    assert(error && error.statusCode === 400, "was not refused");
  });
  await step("isolated: signed policy", async () => {
    const result = await admin.setPolicy(type, permit, signed("signer"));
    assert.strictEqual(result.body.policyResolution, "Updated");
    assert.strictEqual((await admin.getPolicy(type)).body, permit);
  });
  await step("isolated: unsigned reset is refused", () =>
    refused(admin.resetPolicy(type), "InvalidOperation"));
  await step("isolated: add a certificate", async () => {
    const result = await admin.addPolicyManagementCertificate(
      text("second.pem"), text("signer.key"), text("signer.pem"));
    assert.strictEqual(result.body.certificateResolution, "IsPresent");
    const der = new crypto.X509Certificate(text("second.pem")).raw;
    assert.strictEqual(result.body.certificateThumbprint,
      crypto.createHash("sha1").update(der).digest("hex").toUpperCase());
    const now = await admin.getPolicyManagementCertificates();
    assert.strictEqual(now.body.length, 2);
  });
  await step("isolated: the added certificate signs", async () => {
    const result = await admin.resetPolicy(type, signed("second"));
    assert.strictEqual(result.body.policyResolution, "Removed");
  });
  await step("isolated: a stranger adds nothing", async () => {
    const error = await admin.addPolicyManagementCertificate(
      text("other.pem"), text("other.key"), text("other.pem"))
      .then(() => null, (e) => e);
    assert(error && error.statusCode === 400, "was not refused");
  });
  await step("isolated: remove a certificate", async () => {
    const result = await admin.removePolicyManagementCertificate(
      text("second.pem"), text("signer.key"), text("signer.pem"));
    assert.strictEqual(result.body.certificateResolution, "IsAbsent");
    const now = await admin.getPolicyManagementCertificates();
    assert.strictEqual(now.body.length, 1);
  });
  await step("isolated: the last certificate stays", async () => {
    const error = await admin.removePolicyManagementCertificate(
      text("signer.pem"), text("signer.key"), text("signer.pem"))
      .then(() => null, (e) => e);
    assert(error && error.statusCode === 400, "was not refused");
  });
}

(async () => {
  await attestation();
  await callers();
  await policies();
  await tpm();
  await management();
  process.exit(failed ? 1 : 0);
})();
