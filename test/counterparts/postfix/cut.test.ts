import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DomainSpec, RelaySpec } from '../../../src/core/domain-spec.ts';
import type { Change, Owned } from '../../../src/core/resource.ts';
import { openPostfix as openRelay } from '../../../src/integrations/postfix/index.ts';
import { askRecipient } from '../../../src/integrations/wire/smtp/smtp.ts';
import { describeClient, POSTFIX_AND_SSHD } from '../installed.ts';
import { openPostfix, type Postfix } from './postfix.ts';
import { openSshd } from './sshd.ts';

const SCRIPT = fileURLToPath(new URL('../../../src/integrations/postfix/mailwright-relay.sh', import.meta.url));
const FILES = {
  relay_domains: 'other.test OK\n',
  transport: 'other.test smtp:[127.0.0.1]:2626\n',
  relay_recipients: '@other.test OK\n',
};
/** Every command takes a minute and a half; each of some twenty is enough to see that none of its parts is left half-done. */
const STRIDE = process.env.TEST_THOROUGH ? 5 : 61;
const NOTHING: Owned = { get: () => undefined, entries: () => [] };

describeClient(POSTFIX_AND_SSHD, () => {
  let sshd: Awaited<ReturnType<typeof openSshd>>;
  let relay: Postfix;
  beforeAll(async () => {
    sshd = await openSshd();
    relay = await openPostfix({ files: FILES });
  }, 60_000);
  afterAll(async () => {
    await relay?.close();
    await sshd?.close();
  });

  function reset(): void {
    for (const [name, text] of Object.entries(FILES)) {
      relay.write(name, text);
      relay.postmap(name);
    }
    relay.postfix('reload');
  }

  const spec = (): { relay: RelaySpec; wish: DomainSpec } => {
    const one: RelaySpec = {
      host: 'mx1.lab.test',
      managed: true,
      recipients: 'any',
      nextHop: '127.0.0.1:2626',
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
    return { relay: one, wish: { domain: 'new.test', relays: [one] } as unknown as DomainSpec };
  };

  /** Looks, and does what is to be done; the answer is the changes that were planned. */
  async function run(): Promise<readonly Change[]> {
    const { relay: one, wish } = spec();
    const resource = openRelay(one, {
      passphrase: async () => undefined,
      readCredentials: async () => [],
      timeoutMs: 20_000,
    });
    try {
      const found = resource.plan(wish, await resource.read(wish, NOTHING, false), NOTHING);
      expect(found.conflicts).toEqual([]);
      const outcomes: string[] = [];
      await resource.apply(found.changes ?? [], {
        start: () => {},
        outcome: (_id, { status }) => outcomes.push(status),
      });
      expect(outcomes.every((one) => one === 'done')).toBe(true);
      return found.changes ?? [];
    } finally {
      await resource.close?.();
    }
  }

  const says = async (address: string) => {
    const reply = await askRecipient({ address: relay.address, port: relay.port }, address);
    return 'silence' in reply ? reply.silence : reply.text;
  };

  /** What is sent to the relay for new.test, as one `put`. */
  function input(): string {
    const edits = [
      ['relay_recipient_maps', 'relay_recipients', '@new.test\tOK\n'],
      ['transport_maps', 'transport', 'new.test\tsmtp:[127.0.0.1]:2626\n'],
      ['relay_domains', 'relay_domains', 'new.test\tOK\n'],
    ].map(([parameter = '', name = '', line = '']) => {
      const sum = createHash('sha256').update(relay.read(name)).digest('hex');
      const begin = '# mailwright begin: lines between these marks are kept by mailwright';
      const text = `${relay.read(name)}${begin}\n${line}# mailwright end\n`;
      return `@edit ${parameter} ${relay.maps} ${join(relay.etc, name)} ${sum}\n${Buffer.from(text).toString('base64')}\n`;
    });
    return `${edits.join('')}@end\n`;
  }

  /** Runs the edit in bash and kills it hard before its nth command; false where it came to its end before. */
  function killBefore(n: number): boolean {
    const wrapper = `set -T; step=0; trap 'step=$((step+1)); [ "$step" -lt ${n} ] || kill -9 $$' DEBUG; set -- put '${relay.etc}'; . '${SCRIPT}'`;
    try {
      execFileSync('bash', ['-c', wrapper], { input: input(), stdio: 'pipe' });
      return false;
    } catch (error) {
      if ((error as { signal?: string }).signal !== 'SIGKILL') throw error;
      return true;
    }
  }

  it('killed before any of its commands, it leaves a relay that serves everybody else, and the next run finishes', async () => {
    let last = 0;
    for (let n = 1; ; n += STRIDE) {
      reset();
      if (!killBefore(n)) {
        last = n;
        break;
      }
      expect(await says('a@other.test'), `killed before command ${n}`).toMatch(/^250/);
      const early = await says('a@new.test');
      expect(early, `killed before command ${n}`).toMatch(/^(250|554)/);
      await run();
      expect(await says('b@new.test'), `after the run that followed ${n}`).toMatch(/^250/);
      expect(await says('a@other.test')).toMatch(/^250/);
      expect(await run(), `second run after ${n}`).toEqual([]);
    }
    // It has that many steps at least, so that the loop did not end by accident.
    expect(last).toBeGreaterThan(100);
  }, 600_000);

  it('cut off by the network at any moment, too', async () => {
    for (let wait = 50; wait <= 1250; wait += 150) {
      reset();
      const copy = join(sshd.folder, 'put.sh');
      writeFileSync(copy, execFileSync('cat', [SCRIPT]));
      const session = spawn(
        'ssh',
        [
          ...[
            '-p',
            String(sshd.port),
            '-i',
            sshd.keyFile,
            '-o',
            'StrictHostKeyChecking=no',
            '-o',
            'UserKnownHostsFile=/dev/null',
          ],
          ...['-o', 'LogLevel=ERROR', 'root@127.0.0.1', `sh ${copy} put ${relay.etc}`],
        ],
        { stdio: ['pipe', 'ignore', 'ignore'] },
      );
      session.stdin.on('error', () => undefined);
      session.stdin.write(input());
      await new Promise((resolve) => setTimeout(resolve, wait));
      session.kill('SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await says('a@other.test'), `cut after ${wait} ms`).toMatch(/^250/);
      await run();
      expect(await says('c@new.test'), `after the run that followed ${wait} ms`).toMatch(/^250/);
      expect(await run()).toEqual([]);
    }
  }, 300_000);

  it('two that write at once: one wins, the other begins anew over what it finds', async () => {
    reset();
    const { relay: one } = spec();
    const runOf = async (domain: string) => {
      const resource = openRelay(one, {
        passphrase: async () => undefined,
        readCredentials: async () => [],
        timeoutMs: 60_000,
      });
      const wish = { domain, relays: [one] } as unknown as DomainSpec;
      const found = resource.plan(wish, await resource.read(wish, NOTHING, false), NOTHING);
      const outcomes: unknown[] = [];
      await resource.apply(found.changes ?? [], { start: () => {}, outcome: (_id, outcome) => outcomes.push(outcome) });
      await resource.close?.();
      return outcomes;
    };
    const all = await Promise.all(['one.test', 'two.test', 'three.test'].map(runOf));
    expect(all.flat()).toEqual([{ status: 'done' }, { status: 'done' }, { status: 'done' }]);
    for (const domain of ['one.test', 'two.test', 'three.test', 'other.test'])
      expect(await says(`x@${domain}`)).toMatch(/^250/);
  }, 60_000);

  it('a disk without room: nothing is changed, and the sentence says so', async () => {
    reset();
    const tiny = join(relay.base, 'tiny');
    execFileSync('mkdir', ['-p', tiny]);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k,mode=755', 'tmpfs', tiny], { stdio: 'pipe' });
    } catch {
      process.stdout.write('Skipped: a file system of our own can’t be mounted here.\n');
      return;
    }
    try {
      const table = join(tiny, 'transport');
      writeFileSync(table, `${FILES.transport}${'# filled to the brim with remarks\n'.repeat(350)}`);
      execFileSync('postconf', ['-c', relay.etc, '-e', `transport_maps = texthash:${table}`]);
      relay.postfix('reload');
      const { relay: one, wish } = spec();
      const resource = openRelay(one, {
        passphrase: async () => undefined,
        readCredentials: async () => [],
        timeoutMs: 20_000,
      });
      const found = resource.plan(wish, await resource.read(wish, NOTHING, false), NOTHING);
      let told: unknown;
      await resource.apply(found.changes ?? [], {
        start: () => {},
        outcome: (_id, outcome) => {
          told = outcome;
        },
      });
      await resource.close?.();
      expect(told).toMatchObject({
        status: 'failed',
        problem: { code: 'postfix.write', message: expect.stringMatching(/No space left.*nothing was changed/) },
      });
      expect(await says('a@other.test')).toMatch(/^250/);
      expect(await says('a@new.test')).toMatch(/^554/);
    } finally {
      execFileSync('postconf', ['-c', relay.etc, '-e', `transport_maps = ${relay.maps}:${relay.etc}/transport`]);
      relay.postfix('reload');
      execFileSync('umount', ['-l', tiny]);
    }
  }, 60_000);
});
