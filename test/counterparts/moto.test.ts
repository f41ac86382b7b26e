import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DomainSpec, NO_CONSENTS } from '../../src/core/domain-spec.ts';
import type { Clock, Facts, Pace } from '../../src/core/ground.ts';
import type { Json } from '../../src/core/problem.ts';
import type { Change } from '../../src/core/resource.ts';
import * as keyFiles from '../../src/integrations/dkim-key-file.ts';
import { applySesChange } from '../../src/integrations/ses/apply.ts';
import { openSesClient, type SesClient } from '../../src/integrations/ses/client.ts';
import { type Learnt, readRegion, toIdentity } from '../../src/integrations/ses/read.ts';
import { openSesSender } from '../../src/integrations/ses/send.ts';
import { describeClient, MOTO } from './installed.ts';
import { startServer } from './program.ts';

// Our SES code against a stand-in that somebody else wrote: what holds here does not rest on our own reading of SES alone.
//
// What moto 5.2.5 can't do, so that nobody tries again:
// - tenants, GetAccount, suppression, every PutEmailIdentity… call (MAIL FROM, DKIM, configuration set): an HTML 404;
// - DKIM: tokens are missing and the status stays NOT_STARTED; an identity that was created with any DkimSigningAttributes
//   (Easy, BYODKIM, DEED) is answered with an ISO date where a number belongs, and the SDK can't read it any more;
// - the identity created twice and the deletion of one that is missing both succeed;
// - a configuration set created twice is ConfigurationSetAlreadyExistsException (SES: AlreadyExistsException);
// - SendEmail ignores headers, tags, configuration set and tenant, and delivers nowhere.
const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

const clock: Clock = { now: () => Date.now(), sleep: (ms) => new Promise((done) => setTimeout(done, ms)) };
const pace: Pace = { turn: async () => {}, throttled: () => {}, backlog: () => [] };

/** Facts in memory. moto has no GetAccount, so the account has "just been read". */
function rememberedFacts(): Facts {
  const account = { production: true, enforcement: 'HEALTHY', sending: true };
  const known = new Map<string, { value: Json; at: number }>([
    [`ses ${ACCOUNT} ${REGION} account`, { value: account, at: Date.now() }],
  ]);
  return {
    recall: async (key) => known.get(key),
    remember: async (key, value) => {
      known.set(key, { value, at: Date.now() });
    },
  };
}

describeClient(MOTO, (program) => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let client: SesClient;
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mailwright-moto-'));
    const args = ['-H', '127.0.0.1', '-p', '0'];
    server = await startServer(program, args, { folder, ready: /Running on (http:\/\/127\.0\.0\.1:\d+)/ });
    client = await openSesClient(settings(), { pace, clock });
  });
  beforeEach(async () => {
    const reset = await fetch(`${server.url}/moto-api/reset`, { method: 'POST' });
    expect(reset.status).toBe(200);
  });
  afterAll(async () => {
    client?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const settings = () => ({
    accessKeyId: 'a',
    secretAccessKey: 'b',
    sesEndpoint: server.url,
    stsEndpoint: server.url,
    timeoutMs: 30_000,
  });
  const learnt = (): Learnt => ({ identities: new Map(), tenants: new Map(), underWay: new Map() });
  const create = (EmailIdentity: string) => client.call(REGION, 'CreateEmailIdentity', { EmailIdentity });
  const change = (verb: string, after: Json): Change => ({
    id: `ses ${REGION}/${verb}`,
    system: 'ses',
    verb: 'create',
    what: verb,
    effect: 'nothing visible',
    after,
    by: 'us',
    undo: 'inverse',
  });
  const apply = (verb: string, after: Json, facts = rememberedFacts()) =>
    applySesChange(change(verb, after), client, { facts, learnt: learnt(), account: ACCOUNT, clock, keyFiles });

  it('is asked who we are', async () => {
    expect(await client.caller()).toEqual({ account: ACCOUNT, arn: expect.stringContaining(`:${ACCOUNT}:`) });
  });

  describe('identities', () => {
    it('are created plain and read as ours', async () => {
      await create('plain.test');
      const shown = await client.call(REGION, 'GetEmailIdentity', { EmailIdentity: 'plain.test' });
      expect(toIdentity(shown)).toMatchObject({
        verified: false,
        // The host of older answers, which lack the field as moto's do.
        dkim: { status: 'NOT_STARTED', tokens: [], hostedZone: 'dkim.amazonses.com' },
        tags: {},
      });
      expect(toIdentity(shown)).not.toHaveProperty('mailFrom');
    });

    it('are listed', async () => {
      for (const name of ['a.test', 'b.test', 'me@c.test']) await create(name);
      const page = await client.call(REGION, 'ListEmailIdentities', { PageSize: 1000 });
      expect((page.EmailIdentities ?? []).map((one) => one.IdentityName).toSorted()).toEqual([
        'a.test',
        'b.test',
        'me@c.test',
      ]);
      expect(page.NextToken).toBeUndefined();
    });

    it('are kept apart by region', async () => {
      await create('a.test');
      const elsewhere = client.call('eu-west-1', 'GetEmailIdentity', { EmailIdentity: 'a.test' });
      await expect(elsewhere).rejects.toMatchObject({ code: 'ses.NotFound' });
    });

    it('that are missing are NotFound', async () => {
      const missing = client.call(REGION, 'GetEmailIdentity', { EmailIdentity: 'nobody.test' });
      await expect(missing).rejects.toMatchObject({ name: 'Problem', code: 'ses.NotFound', kind: 'failed' });
    });

    it('are applied as a change, with tags, and found by reading the region', async () => {
      const facts = rememberedFacts();
      const spec = domain('mine.test');
      await create('sub.mine.test');
      const before = await readRegion(REGION, spec, ACCOUNT, client, { facts, clock, learnt: learnt() });
      expect(before.identity).toBeUndefined();
      expect(before.relatives).toMatchObject([{ name: 'sub.mine.test' }]);

      const outcome = await apply('identity', { region: REGION, domain: 'mine.test', tags: { by: 'us' } }, facts);
      expect(outcome).toMatchObject({ status: 'done' });
      const after = await readRegion(REGION, spec, ACCOUNT, client, { facts, clock, learnt: learnt() });
      expect(after.identity).toMatchObject({ dkim: { origin: 'AWS_SES' }, tags: { by: 'us' } });
    });
  });

  describe('configuration sets', () => {
    it('are created once; the second time has a name of moto’s own', async () => {
      const wish = { region: REGION, configurationSet: 'acme', tags: { by: 'us' } };
      expect(await apply('configuration-set', wish)).toMatchObject({ status: 'done' });
      // SES says AlreadyExistsException, which we read as "kept"; a name that we don't know is a failure that is told.
      expect(await apply('configuration-set', wish)).toMatchObject({
        status: 'failed',
        problem: { code: 'ses.ConfigurationSetAlreadyExists', kind: 'failed' },
      });
    });
  });

  describe('sending', () => {
    it('from a sender that is not verified is refused in a sentence', async () => {
      const sender = await openSesSender(settings(), { pace, clock });
      const message = { from: 'me@nobody.test', to: 'you@else.test', subject: 'Hi', text: 'Hello' };
      await expect(sender.send(REGION, message)).rejects.toMatchObject({
        name: 'Problem',
        code: 'ses.MessageRejected',
        message: expect.stringContaining(`SES ${REGION}, SendEmail: `),
      });
      sender.close();
    });

    it('from one that is gives a message id', async () => {
      // Its own v1 call verifies at once, which is the only way that moto knows.
      const verify = await fetch(server.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `AWS4-HMAC-SHA256 Credential=a/20260101/${REGION}/ses/aws4_request, SignedHeaders=host, Signature=x`,
        },
        body: new URLSearchParams({ Action: 'VerifyDomainIdentity', Domain: 'good.test', Version: '2010-12-01' }),
      });
      expect(verify.status).toBe(200);
      const sender = await openSesSender(settings(), { pace, clock });
      const sent = await sender.send(REGION, {
        from: 'me@good.test',
        to: 'you@else.test',
        subject: 'Grüße',
        text: 'Hällo',
      });
      expect(sent.messageId).not.toBe('');
      sender.close();
    });
  });

  it('answers calls that it does not have with HTML, which is a Problem and no crash', async () => {
    await expect(client.call(REGION, 'GetAccount', {})).rejects.toMatchObject({
      name: 'Problem',
      message: expect.stringContaining(`SES ${REGION}, GetAccount: `),
    });
  });
});

function domain(name: string): DomainSpec {
  return {
    domain: name,
    dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
    spf: { root: 'keep', include: [] },
    ses: {
      regions: [REGION],
      tenantFromProfile: false,
      dkim: 'per-region',
      mailFrom: 'none',
      onMxFailure: 'USE_DEFAULT_VALUE',
    },
    dns: { provider: 'cloudflare' },
    ttl: 300,
    consents: NO_CONSENTS,
  };
}
