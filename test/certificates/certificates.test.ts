/** The lab's certificates as the real engine and plugin make them: what is in them, who accepts them, how they are renewed. */
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { names } from "./names.ts";
import { type Certificates, missing, Project } from "./project.ts";
import { certificatesIn, goVerdicts, opensslVerdict, type Shown } from "./verifiers.ts";

const lacks = missing();
const minutes = 60_000;
const day = 24 * 60 * 60 * 1000;
const year = 365 * day;
const title = `certificates${lacks === undefined ? "" : ` (${lacks})`}`;

describe.skipIf(lacks !== undefined)(title, { timeout: 5 * minutes }, () => {
  let project: Project;
  let made: Certificates;

  beforeAll(async () => {
    project = new Project();
    await project.create();
    made = await project.certificates();
  }, 10 * minutes);
  afterAll(() => project?.remove());

  describe("what is in them", () => {
    test("a leaf is P-256, valid for 90 days, with its names, for one usage, and no CA", () => {
      const server = leafOf(made.chains.server);
      const client = leafOf(made.chains.client);
      for (const leaf of [server, client]) {
        expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
        expect(lifetime(leaf)).toBe(90 * day);
        expect(leaf.ca).toBe(false);
      }
      expect(server.subject).toBe(`CN=${names.server}`);
      expect(server.subjectAltName).toBe(`DNS:${names.server}, DNS:${names.page}, IP Address:${names.address}`);
      expect(server.keyUsage).toEqual([serverAuth]);
      expect(client.subject).toBe(`CN=${names.client}`);
      expect(client.subjectAltName).toBe(`DNS:${names.client}`);
      expect(client.keyUsage).toEqual([clientAuth]);
    });

    test("a leaf comes with its host's intermediate, which the root has signed", () => {
      const root = new X509Certificate(made.root);
      expect(certificatesIn(made.chains.server)).toEqual([expect.any(String), made.intermediates.adama]);
      expect(certificatesIn(made.chains.starbuck)).toEqual([expect.any(String), made.intermediates.starbuck]);
      for (const pem of Object.values(made.intermediates)) {
        const intermediate = new X509Certificate(pem);
        expect(intermediate.ca).toBe(true);
        expect(lifetime(intermediate)).toBe(2 * year);
        expect(intermediate.verify(root.publicKey)).toBe(true);
      }
      expect(root.ca).toBe(true);
      expect(lifetime(root)).toBe(10 * year);
    });
  });

  describe("who accepts them", () => {
    const cases = [
      { what: "a server's as a server's", chain: "server", usage: "server", openssl: accepted, go: accepted },
      { what: "a client's as a client's", chain: "client", usage: "client", openssl: accepted, go: accepted },
      { what: "one of the other host", chain: "starbuck", usage: "server", openssl: accepted, go: accepted },
      { what: "a server's as a client's", chain: "server", usage: "client", openssl: /purpose/, go: /incompatible key usage/ },
      { what: "a client's as a server's", chain: "client", usage: "server", openssl: /purpose/, go: /incompatible key usage/ },
      {
        what: "one of a CA below an intermediate",
        chain: "forged",
        usage: "server",
        openssl: /path length constraint exceeded/,
        go: /too many intermediates for path length constraint/,
      },
    ] as const;
    const shown = (): readonly Shown[] =>
      cases.map(({ chain, usage }) => ({ root: made.root, chain: made.chains[chain], usage }));

    test("OpenSSL", async () => {
      for (const [index, peer] of shown().entries()) {
        expect.soft(await opensslVerdict(peer), cases[index]?.what).toMatch(cases[index]?.openssl ?? "");
      }
    });

    test("Go", async () => {
      const verdicts = await goVerdicts(shown());
      expect(verdicts).toHaveLength(cases.length);
      for (const [index, verdict] of verdicts.entries()) expect.soft(verdict, cases[index]?.what).toMatch(cases[index]?.go ?? "");
    });
  });

  describe("how they are renewed", () => {
    test("a leaf in a plain up, when two thirds are over and not before, with the same key", async () => {
      expect(await project.preview()).toEqual([]);
      await project.ageTo("server", 31);
      expect(await project.preview()).toEqual([]);

      await project.ageTo("server", 29);
      const changes = await project.preview();
      expect(changes.map(({ op, name }) => `${op} ${name}`)).toContain("replace server");
      expect(new Set(changes.map(({ type, name }) => `${type} ${name}`))).toEqual(
        new Set(["tls:index/locallySignedCert:LocallySignedCert server"]),
      );

      const before = leafOf(made.chains.server);
      await project.up();
      const renewed = await project.certificates();
      const after = leafOf(renewed.chains.server);
      expect(after.serialNumber).not.toBe(before.serialNumber);
      expect(after.publicKey.equals(before.publicKey)).toBe(true);
      expect(lifetime(after)).toBe(90 * day);
      expect({ ...renewed.chains, server: "" }).toEqual({ ...made.chains, server: "" });
      expect(await project.preview()).toEqual([]);
    });

    test("an intermediate of another host: the preview says that its stack must follow", async () => {
      expect(await project.previewText()).not.toContain("must follow");
      await project.ageTo("intermediate-starbuck", 200);
      expect(await project.previewText()).toContain("It must follow: pulumi up --stack starbuck");
    });
  });
});

const accepted = /^accepted$/;
const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";

function leafOf(chain: string): X509Certificate {
  return new X509Certificate(chain);
}

/** Of a certificate, in milliseconds. */
function lifetime({ validFrom, validTo }: X509Certificate): number {
  return Date.parse(validTo) - Date.parse(validFrom);
}
