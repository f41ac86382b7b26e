import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SecuredSmtp } from '../../../src/core/smtp-tls.ts';
import { audit } from '../../../src/domains/audit/audit.ts';
import { openResolver } from '../../../src/integrations/wire/dns/resolver.ts';
import { lookAtTls } from '../../../src/integrations/wire/smtp/smtp-tls.ts';
import { startKnot } from '../dns/knot.ts';
import { freePort } from '../free-port.ts';
import { describeClient, KNOT, OPENSSL, POSTFIX_AND_SSHD } from '../installed.ts';
import { openPostfix, type Postfix } from './postfix.ts';

const HOST = 'mx1.lab.test';
const address = async () => [{ status: 'present' as const, values: ['127.0.0.1'], servers: [] }];

/** A root, an authority below it, and a host's certificate by that one: files of a folder, as PEM. */
function makeChain(folder: string) {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const isAuthority = ['-addext', 'basicConstraints=critical,CA:TRUE'];
  openssl('req', '-x509', ...key, '-keyout', 'root.key', '-out', 'root.pem', '-subj', '/CN=Root', '-days', '90');
  openssl('req', ...key, '-keyout', 'mid.key', '-out', 'mid.csr', '-subj', '/CN=Intermediate', ...isAuthority);
  openssl(
    'req',
    ...key,
    '-keyout',
    'own.key',
    '-out',
    'own.csr',
    '-subj',
    `/CN=${HOST}`,
    '-addext',
    'subjectAltName=DNS:*.lab.test',
  );
  const sign = (name: string, by: string, days: string) =>
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'],
      ...['-copy_extensions', 'copyall', '-days', days, '-out', `${name}.pem`],
    );
  sign('mid', 'root', '60');
  sign('own', 'mid', '30');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { root: read('root.pem'), mid: read('mid.pem'), own: read('own.pem'), key: read('own.key') };
}

describeClient(OPENSSL, () =>
  describeClient(POSTFIX_AND_SSHD, () => {
    let folder = '';
    let chain: ReturnType<typeof makeChain>;
    const running: Postfix[] = [];
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'mailwright-tls-'));
      chain = makeChain(folder);
    });
    afterAll(async () => {
      for (const one of running) await one.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** A Postfix that shows these certificates behind its key; with none it has no TLS. */
    async function open(certificates: readonly string[], main: Readonly<Record<string, string>> = {}) {
      const hasTls = certificates.length > 0;
      const postfix = await openPostfix({
        files: { 'chain.pem': [chain.key, ...certificates].join('') },
        main: hasTls
          ? { smtpd_tls_security_level: 'may', smtpd_tls_chain_files: 'BASE/etc/chain.pem', ...main }
          : { smtpd_tls_security_level: 'none' },
      });
      running.push(postfix);
      return postfix;
    }
    const look = ({ port }: Postfix, ca?: string) =>
      lookAtTls(HOST, address, { port, allowPrivate: true, ...(ca === undefined ? {} : { ca }) });

    it('Postfix with a whole chain: all of it is seen, and believed by whoever knows its root', async () => {
      const postfix = await open([chain.own, chain.mid]);
      const shown = (await look(postfix, chain.root)) as SecuredSmtp;
      expect(shown).toMatchObject({ address: '127.0.0.1', version: 'TLSv1.3' });
      expect(shown.distrust).toBeUndefined();
      expect(shown.chain.map(({ subject, issuer, names }) => [subject, issuer, names])).toEqual([
        [`CN=${HOST}`, 'CN=Intermediate', ['*.lab.test']],
        ['CN=Intermediate', 'CN=Root', []],
      ]);
      expect(((await look(postfix)) as SecuredSmtp).distrust).toMatch(/^UNABLE_TO_GET_ISSUER_CERT/);
      expect(postfix.log()).toContain('ehlo=2 starttls=1 quit=1');
      expect(postfix.log()).not.toContain('SSL_accept error');
    });

    it('Postfix without its intermediate is believed by nobody; without TLS it says so', async () => {
      const alone = (await look(await open([chain.own]), chain.root)) as SecuredSmtp;
      expect([alone.chain.length, alone.distrust]).toEqual([1, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
      expect(await look(await open([]))).toEqual({
        address: '127.0.0.1',
        plain: expect.stringMatching(/^250 mx1\.lab\.test .*8BITMIME/),
      });
    });

    it('Postfix with another key than its certificate’s offers TLS and has none', async () => {
      const postfix = await openPostfix({
        files: { 'chain.pem': [chain.key, chain.mid].join('') },
        main: { smtpd_tls_security_level: 'may', smtpd_tls_chain_files: 'BASE/etc/chain.pem' },
      });
      running.push(postfix);
      expect(await look(postfix)).toMatchObject({ failed: expect.stringContaining('454 4.7.0 TLS not available') });
    });

    it('Postfix with TLS 1.1 at most is seen to', async () => {
      const postfix = await open([chain.own, chain.mid], {
        smtpd_tls_protocols: '>=TLSv1, <=TLSv1.1',
        tls_medium_cipherlist: 'ALL@SECLEVEL=0',
      });
      expect(await look(postfix)).toMatchObject({ version: 'TLSv1.1' });
    });

    /** Whether OpenSSL's own DANE lets a host through with these records. */
    function openSslSays({ port }: Postfix, host: string, records: readonly string[]): boolean {
      const data = records.flatMap((record) => ['-dane_tlsa_rrdata', record]);
      const to = ['-connect', `127.0.0.1:${port}`, '-starttls', 'smtp', '-dane_tlsa_domain', host];
      const { stdout } = spawnSync('openssl', ['s_client', ...to, ...data], {
        input: 'QUIT\r\n',
        encoding: 'utf8',
        timeout: 10_000,
      });
      const [, verdict] = /^Verification(: OK| error: .*)$/m.exec(stdout) ?? [];
      if (verdict === undefined) throw new Error(`openssl s_client has no verdict:\n${stdout}`);
      return verdict === ': OK';
    }

    describeClient(KNOT, (knotd) => {
      it('TLSA records in Knot’s zone are judged as OpenSSL judges them', async () => {
        const postfix = await open([chain.own, chain.mid]);
        const { chain: shown } = (await look(postfix)) as SecuredSmtp;
        const [own = [], mid = []] = shown.map(({ associations }) => associations);
        const sha256Of = (associations: readonly string[]) => associations.find((one) => one.startsWith('1 1 ')) ?? '';
        const nobodys = `1 1 ${'ab'.repeat(32)}`;
        const cases: readonly (readonly [records: readonly string[], isMatch: boolean])[] = [
          ...own.map((one) => [[`3 ${one}`], true] as const),
          ...mid.map((one) => [[`2 ${one}`], true] as const),
          [[`3 ${nobodys}`, `3 ${sha256Of(own)}`], true],
          [[`3 ${nobodys}`], false],
          [[`2 ${nobodys}`], false],
          [[`3 ${sha256Of(mid)}`], false],
          [[`2 ${sha256Of(own)}`], false],
        ];
        const port = await freePort();
        const hosts = cases.flatMap(([records], n) => [
          `m${n} A 127.0.0.1`,
          ...records.map((record) => `_25._tcp.m${n} TLSA ${record}`),
        ]);
        const ns = ['@ NS ns1', 'ns1 A 127.0.0.1'];
        const domains = cases.map((_, n) => [`d${n}.test`, [...ns, `@ MX 10 m${n}.lab.test.`]]);
        const zones = { ...Object.fromEntries(domains), 'lab.test': [...ns, ...hosts] };
        const knot = await startKnot(knotd, folder, { addresses: ['127.0.0.1'], port, zones });
        // No resolver that verifies is installed here: whether the zone is signed is made up.
        const security = async () => 'secure' as const;
        const resolver = openResolver({ port, publicResolvers: [`127.0.0.1:${port}`], allowPrivate: true });
        try {
          for (const [n, [records, isMatch]] of cases.entries()) {
            const { checks } = await audit(
              { domain: `d${n}.test`, selectors: [], mailFrom: [], allowPrivate: true },
              { resolver: { ...resolver, security }, tls: () => look(postfix, chain.root) },
            );
            const told = checks.find(({ id }) => id === 'dane.match');
            expect([records, told?.status]).toEqual([records, isMatch ? 'ok' : 'failed']);
            expect([records, openSslSays(postfix, `m${n}.lab.test`, records)]).toEqual([records, isMatch]);
          }
        } finally {
          resolver.close();
          await knot.stop();
        }
      }, 120_000);
    });
  }),
);
