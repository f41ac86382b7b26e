import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Access, openTestRelays, sectionsOf, type TestRelays } from '../../../src/sandbox/relay/relays.fixture.ts';
import { describeClient, POSTFIX_AND_SSHD } from '../installed.ts';
import { openPostfix, type Postfix } from './postfix.ts';

const SCRIPT = fileURLToPath(new URL('../../../src/integrations/postfix/mailwright-relay.sh', import.meta.url));
const FILES = {
  relay_domains: 'other.test OK\n',
  transport: 'other.test smtp:[127.0.0.1]\n',
  relay_recipients: '@other.test OK\n',
};
const TABLES = {
  relay_domains: 'relay_domains',
  transport_maps: 'transport',
  relay_recipient_maps: 'relay_recipients',
} as const;
type Parameter = keyof typeof TABLES;

/** The sandbox's relay beside a real Postfix with the real program: the same questions and edits, and the same answers. */
describeClient(POSTFIX_AND_SSHD, () => {
  let real: Postfix;
  let world: TestRelays;
  let access: Access;
  beforeAll(async () => {
    real = await openPostfix({ files: FILES });
    world = await openTestRelays();
    access = await world.make({ host: 'mx1.sandbox.test', files: FILES });
  }, 60_000);
  afterAll(async () => {
    await real?.close();
    await world?.close();
  });

  const sumOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const ask = {
    real: async (verb: string, input: string) => {
      const { stdout } = spawnSync('sh', [SCRIPT, verb, real.etc], { input, env: { PATH: '/usr/bin' } });
      return stdout.toString().replaceAll(real.etc, '/etc/postfix');
    },
    sandbox: async (verb: 'show' | 'put', input: string) => (await world[verb](access, input)).stdout,
  };
  const pathOf = { real: (name: string) => join(real.etc, name), sandbox: (name: string) => `/etc/postfix/${name}` };
  const textOf = {
    real: async (parameter: Parameter) => real.read(TABLES[parameter]),
    sandbox: async (parameter: Parameter) => {
      const { tables } = await world.look(access.host);
      return Object.values(tables).find((one) => one.parameter === parameter)?.text ?? '';
    },
  };
  const sides = ['real', 'sandbox'] as const;
  type Side = (typeof sides)[number];

  /** Sections that say something of tables and what was asked, without sums of other paths' texts. */
  async function shown(side: Side, domains: string) {
    const sections = Object.entries(sectionsOf(await ask[side]('show', domains)));
    return sections
      .filter(([head]) => /^@(mailwright-relay|source|index|noindex|missing|found|unasked|unfit|status|end)/.test(head))
      .filter(([head]) => !head.includes('sender_dependent'))
      .map(([head, text]) => [head, text.trim()]);
  }

  /** One put: how it ended, and what the tables hold then. */
  async function put(
    side: Side,
    edits: (text: (parameter: Parameter) => string, path: (name: string) => string) => string,
  ) {
    const texts = new Map<Parameter, string>();
    for (const parameter of Object.keys(TABLES) as Parameter[]) texts.set(parameter, await textOf[side](parameter));
    const input = edits((parameter) => texts.get(parameter) ?? '', pathOf[side]);
    const ended = Object.keys(sectionsOf(await ask[side]('put', input))).join(' ');
    const after: Record<string, string> = {};
    for (const parameter of Object.keys(TABLES) as Parameter[]) after[parameter] = await textOf[side](parameter);
    return { ended, after };
  }
  const edit = (parameter: Parameter, path: string, before: string, after: string) =>
    `@edit ${parameter} hash ${path} ${sumOf(before)}\n${Buffer.from(after).toString('base64')}\n`;

  it('show tells the same of the same tables', async () => {
    const domains = 'other.test\nunknown.test\n$(id)\n';
    expect(await shown('sandbox', domains)).toEqual(await shown('real', domains));
  });

  it.each<[string, Parameters<typeof put>[1]]>([
    [
      'a domain in all three',
      (text, path) =>
        `${edit('relay_recipient_maps', path('relay_recipients'), text('relay_recipient_maps'), `${text('relay_recipient_maps')}@new.test OK\n`)}${edit('transport_maps', path('transport'), text('transport_maps'), `${text('transport_maps')}new.test smtp:[127.0.0.1]\n`)}${edit('relay_domains', path('relay_domains'), text('relay_domains'), `${text('relay_domains')}new.test OK\n`)}@end\n`,
    ],
    [
      'a table that is not as it was read',
      (text, path) => `${edit('transport_maps', path('transport'), 'else', text('transport_maps'))}@end\n`,
    ],
    [
      'a key twice',
      (text, path) =>
        `${edit('transport_maps', path('transport'), text('transport_maps'), 'a.test smtp:[x]\na.test smtp:[y]\n')}@end\n`,
    ],
    [
      'a line without a value',
      (text, path) => `${edit('transport_maps', path('transport'), text('transport_maps'), 'a.test\n')}@end\n`,
    ],
    [
      'a control character',
      (text, path) =>
        `${edit('transport_maps', path('transport'), text('transport_maps'), 'a.test smtp:[x]\u0007\n')}@end\n`,
    ],
    ['a cut connection', (text, path) => edit('transport_maps', path('transport'), text('transport_maps'), '')],
    ['another parameter', (_text, path) => `@edit mynetworks hash ${path('transport')} 0\n\n@end\n`],
    ['another file', () => `@edit transport_maps hash /etc/shadow 0\n\n@end\n`],
    ['nothing', () => '@end\n'],
    [
      'no base64',
      (text, path) => `@edit transport_maps hash ${path('transport')} ${sumOf(text('transport_maps'))}\n!!!!\n@end\n`,
    ],
    ['a transport by another name', () => '@ses smtp - -\n\n@end\n'],
    ['a transport with words that are none', () => '@ses ses-x a;b -\n\n@end\n'],
  ])('put of %s ends the same way, and leaves the same', async (_what, edits) => {
    const [there, here] = [await put('real', edits), await put('sandbox', edits)];
    expect(here).toEqual(there);
  });

  it('OpenSSH’s own client gets in by the configuration, runs the helper, and nothing else', async () => {
    const config = world.relays.env.MAILWRIGHT_SSH_CONFIG ?? '';
    // The server is in this very process: nothing may block it.
    const ssh = (command: string) => {
      const running = promisify(execFile)('ssh', ['-F', config, access.host, command]);
      running.child.stdin?.end();
      return running;
    };
    expect((await ssh('sudo -n /usr/local/sbin/mailwright-relay show')).stdout).toMatch(/^@mailwright-relay 2\n/);
    await expect(ssh('id')).rejects.toThrow(/command not found/);
  });
});
