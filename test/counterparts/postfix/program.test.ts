import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseSections } from '../../../src/integrations/postfix/relay-state.ts';
import { askRecipient } from '../../../src/integrations/wire/smtp/smtp.ts';
import { describeClient, POSTFIX_AND_SSHD } from '../installed.ts';
import { openPostfix, type Postfix } from './postfix.ts';

const SCRIPT = fileURLToPath(new URL('../../../src/integrations/postfix/mailwright-relay.sh', import.meta.url));
const FILES = {
  relay_domains: 'other.test OK\n',
  transport: 'other.test smtp:[127.0.0.1]:2626\n',
  relay_recipients: '@other.test OK\n',
};
const NOBODY = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));

/** The program itself, as root, on a relay of its own: what it must never do, and what it must leave as it was. */
describeClient(POSTFIX_AND_SSHD, () => {
  let relay: Postfix;
  let main = '';
  beforeAll(async () => {
    relay = await openPostfix({ files: FILES });
    main = relay.read('main.cf');
  }, 60_000);
  beforeEach(() => {
    relay.write('main.cf', main);
    for (const [name, text] of Object.entries(FILES)) {
      chownSync(join(relay.etc, name), 0, 0);
      chmodSync(join(relay.etc, name), 0o644);
      relay.write(name, text);
      relay.postmap(name);
    }
  });
  afterAll(() => relay?.close());

  const sumOf = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
  const edit = (parameter: string, type: string, path: string, text: string) =>
    `@edit ${parameter} ${type} ${path} ${sumOf(readFileSync(path))}\n${Buffer.from(text).toString('base64')}\n`;
  const transport = (text = `${FILES.transport}new.test smtp:[127.0.0.1]:2626\n`) =>
    edit('transport_maps', 'hash', join(relay.etc, 'transport'), text);
  const inline = (text: string) =>
    `@inline relay_domains ${sumOf('other.test\n')}\n${Buffer.from(text).toString('base64')}\n`;

  /** Runs the program: what it says, as 'word: what the tools said'. */
  function run(verb: 'show' | 'put', input: string, directory = relay.etc, env: Record<string, string> = {}) {
    const ran = spawnSync('sh', [SCRIPT, verb, directory], { input, env: { PATH: '/usr/bin', ...env } });
    const sections = parseSections(ran.stdout.toString());
    const failed = sections.find(({ name }) => name === 'failed');
    return {
      sections,
      said: failed ? `${failed.words[0]}: ${failed.body}` : (sections[0]?.name ?? ran.stderr.toString()),
    };
  }
  const put = (edits: string, directory?: string, env?: Record<string, string>) =>
    run('put', `${edits}@end\n`, directory, env).said;
  const drafts = () => readdirSync(relay.etc).filter((name) => name.includes('.mailwright.') && !name.endsWith('lock'));

  describe('runs nothing as root that others could have written', () => {
    function folder(name: string, mode: number): string {
      const at = join(relay.base, name);
      mkdirSync(at);
      for (const file of ['main.cf', 'master.cf']) writeFileSync(join(at, file), relay.read(file));
      chmodSync(at, mode);
      return at;
    }
    it('a configuration folder that everybody may add to, sticky as /tmp', () => {
      expect(put(transport(), folder('sticky', 0o1777))).toMatch(/^directory: /);
    });
    it.each(['main.cf', 'master.cf'])('somebody’s %s in a folder of root', (file) => {
      const at = folder(`owned-${file}`, 0o755);
      chownSync(join(at, file), NOBODY, NOBODY);
      expect(run('show', '', at).said).toMatch(/^directory: /);
      chownSync(join(at, file), 0, 0);
      chmodSync(join(at, file), 0o666);
      expect(run('show', '', at).said).toMatch(/^directory: /);
      chmodSync(join(at, file), 0o644);
      expect(run('show', '', at).said).toBe('mailwright-relay');
    });
  });

  describe('edits no table at whose place others could put something', () => {
    it('in a folder that others may write into', () => {
      const maps = join(relay.base, 'maps');
      mkdirSync(maps);
      const path = join(maps, 'transport');
      writeFileSync(path, FILES.transport);
      chmodSync(maps, 0o777);
      execFileSync('postconf', ['-c', relay.etc, '-e', `transport_maps = texthash:${path}`]);
      const { sections } = run('show', '');
      expect(sections.find(({ name }) => name === 'unfit')).toMatchObject({
        words: ['transport_maps', 'texthash', path],
        body: expect.stringContaining(`others than root may write into ${maps}`),
      });
      expect(put(edit('transport_maps', 'texthash', path, 'x.test smtp:[x]\n'))).toMatch(/^unfit: /);
      expect(readFileSync(path, 'utf8')).toBe(FILES.transport);
    });
    it('a symbolic link', () => {
      const path = join(relay.etc, 'link');
      symlinkSync('transport', path);
      execFileSync('postconf', ['-c', relay.etc, '-e', `transport_maps = texthash:${path}`]);
      expect(run('show', '').sections.find(({ name }) => name === 'unfit')?.body).toContain('symbolic link');
      expect(put(edit('transport_maps', 'texthash', path, 'x.test smtp:[x]\n'))).toMatch(/^unfit: .*symbolic link/);
    });
  });

  it('keeps owner and mode of a table and of its index, whatever `postfix check` thinks of them', () => {
    const path = join(relay.etc, 'transport');
    chownSync(path, NOBODY, NOBODY);
    chmodSync(path, 0o664);
    chownSync(`${path}.db`, NOBODY, 0);
    chmodSync(`${path}.db`, 0o640);
    expect(put(transport())).toBe('done');
    expect([statSync(path).uid, statSync(path).mode & 0o777]).toEqual([NOBODY, 0o664]);
    expect([statSync(`${path}.db`).uid, statSync(`${path}.db`).gid, statSync(`${path}.db`).mode & 0o777]).toEqual([
      NOBODY,
      0,
      0o640,
    ]);
  });

  it('keeps owner and mode of main.cf, and a copy of it', () => {
    execFileSync('postconf', ['-c', relay.etc, '-e', 'relay_domains = other.test']);
    const path = join(relay.etc, 'main.cf');
    chownSync(path, 0, NOBODY);
    chmodSync(path, 0o640);
    const before = relay.read('main.cf');
    expect(put(inline('other.test, new.test'))).toBe('done');
    expect(relay.read('main.cf')).toContain('relay_domains = other.test, new.test');
    expect([statSync(path).gid, statSync(path).mode & 0o777]).toEqual([NOBODY, 0o640]);
    const copies = readdirSync(relay.etc).filter((name) => name.startsWith('main.cf.mailwright-'));
    expect(copies.map((name) => relay.read(name))).toContain(before);
    chownSync(path, 0, 0);
  });

  it('puts everything back, byte for byte, where Postfix does not like the whole', () => {
    execFileSync('postconf', ['-c', relay.etc, '-e', 'relay_domains = other.test']);
    const before = ['main.cf', 'transport'].map(relay.read);
    const index = relay.index('transport');
    const { said, sections } = run('put', `${transport()}${inline('$relay_domains')}@end\n`);
    expect(said).toMatch(/^(swap|check|reload): /);
    expect(sections.find(({ name }) => name === 'restored')?.words).toEqual(['yes']);
    expect(['main.cf', 'transport'].map(relay.read)).toEqual(before);
    expect(relay.index('transport')).toBe(index);
    expect(drafts()).toEqual([]);
  });

  it('removes the drafts of a run that was killed', () => {
    for (const name of ['transport.mailwright.Ab12Cd', 'transport.mailwright.Ab12Cd.db']) relay.write(name, 'x');
    expect(put(transport())).toBe('done');
    expect(drafts()).toEqual([]);
  });

  it('a table that was written with another system’s line ends is edited like any other', () => {
    const text = 'other.test smtp:[127.0.0.1]:2626\r\n';
    relay.write('transport', text);
    expect(put(transport(`${text}new.test smtp:[127.0.0.1]:2626\n`))).toBe('done');
  });

  it('somebody writes while the drafts are made: nothing of theirs is lost', () => {
    const path = join(relay.etc, 'transport');
    const before = relay.read('relay_recipients');
    const edits = `${edit('relay_recipient_maps', 'hash', join(relay.etc, 'relay_recipients'), '@new.test OK\n')}${transport()}@end\n`;
    const wrapper = `set -T; trap 'case $BASH_COMMAND in "trap "*HUP*) [ -z "\${work-}" ] || [ -z "$drafts" ] || echo late.test smtp:[x] >>${path} ;; esac' DEBUG; set -- put '${relay.etc}'; . '${SCRIPT}'`;
    const ran = spawnSync('bash', ['-c', wrapper], { input: edits });
    const sections = parseSections(ran.stdout.toString());
    expect(relay.read('transport')).toBe(`${FILES.transport}late.test smtp:[x]\n`);
    expect(sections.map(({ name, words }) => `${name} ${words[0]}`)).toEqual(['restored yes', 'failed stale']);
    expect(relay.read('relay_recipients')).toBe(before);
  });

  it('a disk with room for the new text alone is enough', () => {
    const tiny = join(relay.base, 'tiny');
    mkdirSync(tiny);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k,mode=755', 'tmpfs', tiny]).status === 0;
    if (!mounted) return void process.stdout.write('Skipped: a file system of our own can’t be mounted here.\n');
    try {
      const path = join(tiny, 'transport');
      const text = `${FILES.transport}${'# filled with remarks\n'.repeat(200)}`;
      writeFileSync(path, text);
      execFileSync('postconf', ['-c', relay.etc, '-e', `transport_maps = texthash:${path}`]);
      expect(put(edit('transport_maps', 'texthash', path, `${text}new.test smtp:[x]\n`))).toBe('done');
    } finally {
      relay.write('main.cf', main);
      execFileSync('umount', ['-l', tiny]);
    }
  });

  it('no room for temporary files: said as that, and nothing changed', () => {
    const tiny = join(relay.base, 'tmp');
    mkdirSync(tiny);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', tiny]).status === 0;
    if (!mounted) return void process.stdout.write('Skipped: a file system of our own can’t be mounted here.\n');
    try {
      const long = `${FILES.transport}${'# filled with remarks\n'.repeat(2000)}`;
      expect(put(transport(long), relay.etc, { TMPDIR: tiny })).toMatch(/^write: .*(space|full)/i);
      expect(relay.read('transport')).toBe(FILES.transport);
    } finally {
      execFileSync('umount', ['-l', tiny]);
    }
  });

  it('a folder that takes no files: said as that', () => {
    const at = join(relay.base, 'readonly');
    mkdirSync(at);
    for (const file of ['main.cf', 'master.cf']) writeFileSync(join(at, file), relay.read(file));
    const mount = (...args: string[]) => spawnSync('mount', args).status === 0;
    if (!mount('--bind', at, at) || !mount('-o', 'remount,ro,bind', at))
      return void process.stdout.write('Skipped: a read-only file system can’t be mounted here.\n');
    try {
      expect(put(transport(), at)).toMatch(/^write: .*Read-only/);
    } finally {
      execFileSync('umount', ['-l', at]);
    }
  });

  it('asks for every domain of a fleet', () => {
    const domains = [...Array.from({ length: 3000 }, (_, at) => `d${at}.test`), 'other.test'];
    const { sections } = run('show', `${domains.join('\n')}\n`);
    const found = sections.filter(({ name, words }) => name === 'found' && words[0] === 'transport_maps');
    expect(found.map(({ body }) => body)).toEqual(['other.test\tsmtp:[127.0.0.1]:2626']);
  });

  it('a table that can’t be asked is said to be one, and is no answer', () => {
    appendFileSync(join(relay.etc, 'main.cf'), 'virtual_mailbox_domains = mysql:/etc/postfix/domains.cf\n');
    const { sections } = run('show', 'new.test\n');
    expect(sections.filter(({ name }) => name === 'found' || name === 'unasked')).toMatchObject(
      [
        { name: 'unasked', words: ['virtual_mailbox_domains', 'mysql:/etc/postfix/domains.cf'], body: /unsupported/ },
      ].map((one) => ({ ...one, body: expect.stringMatching(one.body) })),
    );
  });

  it('answers of the other domains go on meanwhile', async () => {
    relay.postfix('reload');
    const reply = await askRecipient({ address: relay.address, port: relay.port }, 'a@other.test');
    expect('text' in reply && reply.text).toMatch(/^250/);
  });
});
