import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DomainSpec, RelaySpec } from '../../../src/core/domain-spec.ts';
import type { Change, Made, Owned } from '../../../src/core/resource.ts';
import { openPostfix as openRelay } from '../../../src/integrations/postfix/index.ts';
import { outboundId } from '../../../src/integrations/postfix/outbound.ts';
import { askRecipient } from '../../../src/integrations/wire/smtp/smtp.ts';
import { describeClient, POSTFIX_AND_SSHD } from '../installed.ts';
import { openPostfix, type Postfix } from './postfix.ts';
import { openSshd } from './sshd.ts';

const SCRIPT = fileURLToPath(new URL('../../../src/integrations/postfix/mailwright-relay.sh', import.meta.url));
/** As in cut.test.ts: each of some twenty commands is enough to see that none of its parts is left half-done. */
const STRIDE = process.env.TEST_THOROUGH ? 5 : 127;
const NOTHING: Owned = { get: () => undefined, entries: () => [] };
const PASSWORD = { region: 'us-east-1', host: 'localhost', port: 2587, username: 'AKIAONE', password: 'secret-word' };

describeClient(POSTFIX_AND_SSHD, () => {
  let sshd: Awaited<ReturnType<typeof openSshd>>;
  let relay: Postfix;
  let before: Record<string, string>;
  beforeAll(async () => {
    sshd = await openSshd();
    relay = await openPostfix({
      files: {
        relay_domains: 'other.test OK\nnew.test OK\n',
        transport: 'new.test smtp:[127.0.0.1]:9\n',
        relay_recipients: '@other.test OK\n@new.test OK\n',
      },
    });
    before = files();
  }, 60_000);
  afterAll(async () => {
    await relay?.close();
    await sshd?.close();
  });

  const files = () =>
    Object.fromEntries(
      readdirSync(relay.etc)
        .filter((name) => !/\.mailwright-|\.db$|mailwright\.lock/.test(name))
        .map((name) => [name, readFileSync(join(relay.etc, name), 'latin1')]),
    );
  const reset = () => {
    for (const name of readdirSync(relay.etc).filter((one) => /^ses-|mailwright-senders/.test(one)))
      execFileSync('rm', ['-f', join(relay.etc, name)]);
    for (const name of ['main.cf', 'master.cf']) relay.write(name, before[name] ?? '');
    relay.postfix('reload');
  };

  async function withResource<T>(
    work: (resource: ReturnType<typeof openRelay>, wish: DomainSpec) => Promise<T>,
  ): Promise<T> {
    const one: RelaySpec = {
      host: 'mx1.lab.test',
      managed: true,
      recipients: 'any',
      nextHop: '127.0.0.1:9',
      configDirectory: relay.etc,
      ssh: {
        address: '127.0.0.1',
        port: sshd.port,
        user: 'root',
        keyFile: sshd.keyFile,
        hostKey: sshd.hostKey,
        privilege: 'root',
      },
    };
    const wish = {
      domain: 'new.test',
      relays: [one],
      ses: { regions: ['us-east-1'], tenant: 'ours' },
      outbound: { by: 'ses', credentials: '/smtp.json' },
    } as unknown as DomainSpec;
    const resource = openRelay(one, {
      passphrase: async () => undefined,
      readCredentials: async () => [PASSWORD],
      timeoutMs: 20_000,
    });
    try {
      return await work(resource, wish);
    } finally {
      await resource.close?.();
    }
  }
  const perform = async (resource: ReturnType<typeof openRelay>, changes: readonly Change[]) => {
    const outcomes: string[] = [];
    await resource.apply(changes, { start: () => {}, outcome: (_id, { status }) => outcomes.push(status) });
    expect(outcomes).toEqual(changes.map(() => 'done'));
    return changes;
  };
  const bring = () =>
    withResource(async (resource, wish) => {
      const found = resource.plan(wish, await resource.read(wish, NOTHING, false), NOTHING);
      expect(found.conflicts).toEqual([]);
      return perform(resource, found.changes ?? []);
    });
  const takeBack = (after: Change['after']) =>
    withResource(async (resource, wish) => {
      const id = outboundId('mx1.lab.test', 'new.test');
      const made = { id, system: 'postfix mx1.lab.test', verb: 'create', what: '', after, undo: 'inverse' } as Made;
      const { changes, left } = resource.revert([made], await resource.read(wish, NOTHING, true), wish);
      expect(left).toEqual([]);
      return perform(resource, changes);
    });

  /** Runs `put` in bash and kills it hard before its nth command; false where it came to its end before. */
  function killBefore(n: number, input: string): boolean {
    const wrapper = `set -T; step=0; trap 'step=$((step+1)); [ "$step" -lt ${n} ] || kill -9 $$' DEBUG; set -- put '${relay.etc}'; . '${SCRIPT}'`;
    try {
      execFileSync('bash', ['-c', wrapper], { input, stdio: 'pipe' });
      return false;
    } catch (error) {
      if ((error as { signal?: string }).signal !== 'SIGKILL') throw error;
      return true;
    }
  }
  const put = (input: string) => {
    try {
      return execFileSync('sh', [SCRIPT, 'put', relay.etc], { input, stdio: 'pipe' }).toString();
    } catch (error) {
      return (error as { stdout: Buffer }).stdout.toString();
    }
  };
  const packed = (text: string) => Buffer.from(text).toString('base64');
  const table = packed('[localhost]:2587 AKIAONE:secret-word\n');
  const says = async () => {
    const reply = await askRecipient({ address: relay.address, port: relay.port }, 'a@other.test');
    return 'silence' in reply ? reply.silence : reply.text;
  };

  it('killed before any of its commands, it leaves a relay that works, and the next run finishes, both ways', async () => {
    reset();
    const [change] = await bring();
    const data = change?.after as unknown as {
      lines: Record<string, Record<string, string>>;
      transport: { name: string };
    };
    const { name } = data.transport;
    const { 'mailwright-senders': senders = '' } = files();
    const done = files();
    const add = `@ses ${name} ours ours\n${table}\n@senders none\n${packed(senders)}\n@end\n`;
    const sum = execFileSync('sha256sum', { input: senders }).toString().split(' ')[0];
    const away = `@senders ${sum}\n\n@ses ${name} - -\n\n@end\n`;
    let steps = 0;
    for (let n = 1; ; n += STRIDE) {
      reset();
      if (!killBefore(n, add)) break;
      steps = n;
      expect(await says(), `killed before command ${n}`).toMatch(/^250/);
      await bring();
      expect(files(), `after the run that followed ${n}`).toEqual(done);
      expect(await bring()).toEqual([]);
    }
    expect(steps).toBeGreaterThan(100);
    for (let n = 1; ; n += STRIDE) {
      await bring();
      if (!killBefore(n, away)) break;
      expect(await says(), `taking away, killed before command ${n}`).toMatch(/^250/);
      await takeBack(change?.after);
      expect(files(), `after the way back that followed ${n}`).toEqual(before);
    }
  }, 600_000);

  it('an edit that fails at its end leaves everything as it was', () => {
    reset();
    // The last part takes away what the part before it uses.
    const line = packed('@new.test\tses-x-1:[localhost]:2587\n');
    const input = `@ses ses-x-1 ours ours\n${table}\n@senders none\n${line}\n@ses ses-x-1 - -\n\n@end\n`;
    const said = put(input);
    expect(said).toContain('@restored yes');
    expect(said).toContain(`@failed swap\n${packed('senders still leave by ses-x-1')}`);
    expect(files()).toEqual(before);
    expect(relay.isRunning()).toBe(true);
  });

  it('nothing is added to a file that does not end with a line break', () => {
    reset();
    relay.write('master.cf', (before['master.cf'] ?? '').replace(/\n$/, ''));
    expect(put(`@ses ses-x-1 ours ours\n${table}\n@end\n`)).toContain(
      `@failed content\n${packed(`${relay.etc}/master.cf does not end with a line break`)}`,
    );
    reset();
    expect(files()).toEqual(before);
  });

  it.each([
    ['smtp', 'ours', 'ours', table],
    ['ses-../x', 'ours', 'ours', table],
    ['ses-x', '$(id)', 'ours', table],
    ['ses-x', 'ours', '-o', packed('[localhost]:25 a:b\n* x:y\n')],
  ])('refuses a transport %s %s %s', (...words) => {
    reset();
    expect(put(`@ses ${words.slice(0, 3).join(' ')}\n${words[3]}\n@end\n`)).toMatch(/^@failed (usage|content)\n/);
    expect(files()).toEqual(before);
  });
});
