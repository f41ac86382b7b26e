import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseProfile } from '../../src/core/profile/parse-profile.ts';
import { CTRL_C, ENTER, HAS_TERMINAL, openTerminal } from './pseudo-terminal.ts';
import { openStage, type Stage } from './stage.ts';

const BIN = fileURLToPath(new URL('../../bin/mailwright.js', import.meta.url));

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await openStage();
  folder = dirname(stage.state);
  await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
  await stage.control('POST /control/porkbun/edge', { delayMs: 0 });
  await stage.control('POST /control/aws/account', { region: 'us-east-1', productionAccess: true });
  await stage.zone('first.test', [{ name: '@', type: 'MX', content: 'mx-else.mx.test', priority: 10, ttl: 300 }]);
});
afterAll(() => stage.close());

/** Takes the secrets out of the environment, so that those of .env count. */
const NO_SECRETS = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
  CLOUDFLARE_API_TOKEN: undefined,
  PORKBUN_API_KEY: undefined,
  PORKBUN_SECRET_API_KEY: undefined,
};
const secretsOf = () =>
  Object.keys(NO_SECRETS).flatMap((name) => (/SECRET|TOKEN|API_KEY/.test(name) ? [stage.env[name] ?? ''] : []));
const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');
const profile = (name: string) => parseProfile(parse(read('profiles', `${name}.yaml`)), name);
const holdsNoSecret = (text: string) => {
  for (const secret of secretsOf().filter((one) => one !== '')) expect(text.includes(secret)).toBe(false);
};

describe('without a person', () => {
  it('what is missing is named, and nothing is written', async () => {
    const before = readdirSync(folder).toSorted();
    const bare = await stage.run(['init']);
    expect(bare.exit).toBe(2);
    expect(bare.stderr).toContain('there is nobody to ask: --domain, --yes');
    const secret = await stage.run(['init', '--yes', 'first.test'], { CLOUDFLARE_API_TOKEN: '' });
    expect(secret.exit).toBe(2);
    expect(secret.stderr).toContain('CLOUDFLARE_API_TOKEN');
    const nobody = await stage.run(['init', '--yes', 'nowhere.test']);
    expect(nobody.stderr).toContain('--dns (who serves the domain');
    const typo = await stage.run(['init', '--yes', 'first.test', '--dns', 'cloudflair']);
    expect(typo.stderr).toContain('did you mean cloudflare?');
    expect((await stage.run(['init', '--yes', 'a.test', 'b.test'])).stderr).toContain('One domain at a time');
    expect(readdirSync(folder).toSorted()).toEqual(before);
  });

  it('wrong credentials end it with their sentence, and nothing is written', async () => {
    const before = readdirSync(folder).toSorted();
    const token = await stage.run(['init', '--yes', 'first.test'], { CLOUDFLARE_API_TOKEN: 'x'.repeat(40) });
    expect(token.exit).toBe(2);
    expect(token.stderr).toContain('the token is dead');
    const key = await stage.run(['init', '--yes', 'first.test'], { AWS_SECRET_ACCESS_KEY: 'another' });
    expect(key.exit).toBe(2);
    expect(key.stderr).toContain('AWS does not accept the credentials');
    expect(readdirSync(folder).toSorted()).toEqual(before);
  });

  it('from nothing to a domain that is up: init, doctor, plan, up', async () => {
    const flags = ['--ses-regions', 'us-east-1', '--dmarc-email', 'reports@first.test', '--profile-name', 'estate'];
    const init = await stage.run(['init', 'first.test', '--yes', '--save-secrets', ...flags]);
    expect(init.stderr).toBe('');
    expect(init.exit).toBe(0);
    expect(init.stdout).toContain('first.test is served by ada.ns.cloudflare.com');
    expect(init.stdout).toContain('Mail for first.test is received by mx-else.mx.test');
    expect(init.stdout).toContain('mailwright up first.test --profile estate --wait');
    expect(profile('estate')).toMatchObject({
      dns: { provider: 'cloudflare' },
      ses: { regions: ['us-east-1'], account: '111122223333' },
      dmarc: { rua: ['reports@first.test'] },
      mx: 'none',
    });
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    // What init wrote is enough from here on.
    const args = ['first.test', '--profile', 'estate'];
    expect((await stage.run(['doctor', ...args], NO_SECRETS)).exit).toBe(0);
    expect((await stage.run(['plan', ...args], NO_SECRETS)).exit).toBe(5);
    const up = await stage.run(['up', ...args, '--yes', '--wait=60s', '--json'], NO_SECRETS);
    expect(up.report.status).toBe('done');
    expect((await stage.run(['up', ...args, '--yes', '--json'], NO_SECRETS)).report.operations).toEqual([]);
    holdsNoSecret(init.stdout + init.stderr + up.stdout + read('profiles', 'estate.yaml'));
  });

  it('a profile that is there is replaced only where that is said, and .env is left as it was', async () => {
    const before = [read('profiles', 'estate.yaml'), read('.env')];
    const again = await stage.run(['init', 'first.test', '--yes', '--profile-name', 'estate', '--ses-tenant', 'acme']);
    expect(again.exit).toBe(2);
    expect(again.stderr).toContain('profiles/estate.yaml is there already');
    expect([read('profiles', 'estate.yaml'), read('.env')]).toEqual(before);
    const said = await stage.run([
      'init',
      'first.test',
      '--yes',
      '--profile-name',
      'estate',
      '--overwrite',
      '--ses-tenant',
      'acme',
    ]);
    expect(said.exit).toBe(0);
    expect(profile('estate').ses?.tenant).toBe('acme');
    expect(read('.env')).toBe(before[1]);
  });

  it('keeps the lines of a .env, closes it, and has git leave it out', async () => {
    spawnSync('git', ['init', '-q'], { cwd: folder });
    writeFileSync(join(folder, '.gitignore'), 'node_modules/');
    writeFileSync(join(folder, '.env'), '# mine\nDATABASE_URL=postgres://x\nCLOUDFLARE_API_TOKEN=theirs\n', {
      mode: 0o644,
    });
    const init = await stage.run(['init', 'first.test', '--yes', '--save-secrets', '--profile-name', 'kept']);
    expect(init.exit).toBe(0);
    expect(read('.env').startsWith('# mine\nDATABASE_URL=postgres://x\nCLOUDFLARE_API_TOKEN=theirs\n')).toBe(true);
    expect(parseEnv(read('.env')).AWS_ACCESS_KEY_ID).toBe(stage.env.AWS_ACCESS_KEY_ID);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    expect(read('.gitignore')).toBe('node_modules/\n.env\n');
    rmSync(join(folder, '.git'), { recursive: true });
    rmSync(join(folder, '.env'));
  });

  it('the other DNS hosts: Porkbun by its delegation, Route 53 by the credentials of AWS, a person', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'pig.test' });
    await stage.control('POST /control/route53/zones', { name: 'five.test' });
    for (const [domain, provider] of [
      ['pig.test', 'porkbun'],
      ['five.test', 'route53'],
    ] as const) {
      const ran = await stage.run(['init', domain, '--yes']);
      expect([ran.exit, ran.stderr]).toEqual([0, '']);
      expect(profile(domain.replace('.test', '')).dns?.provider).toBe(provider);
    }
    const hand = await stage.run(['init', 'first.test', '--yes', '--dns', 'manual', '--profile-name', 'hand'], {
      CLOUDFLARE_API_TOKEN: '',
    });
    expect(hand.exit).toBe(0);
    expect(profile('hand').dns?.provider).toBe('manual');
  });
});

describe.skipIf(!HAS_TERMINAL)('at a terminal', () => {
  const opened: { close(): void }[] = [];
  afterEach(() => {
    for (const terminal of opened.splice(0)) terminal.close();
  });
  const open = (words: string, cwd: string) => {
    const terminal = openTerminal(`${BIN} init ${words}`, {
      cwd,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: cwd,
        MAILWRIGHT_STATE: stage.state,
        MAILWRIGHT_SES_CONTROL_RATE: '50',
        ...stage.env,
        ...NO_SECRETS,
      },
    });
    opened.push(terminal);
    return terminal;
  };
  const fresh = () => mkdtempSync(join(folder, 'person-'));

  it('asks, tries each credential at once, asks again where one is wrong, and writes at the end', async () => {
    const cwd = fresh();
    writeFileSync(join(cwd, '.env'), 'MINE=1\n');
    const {
      AWS_ACCESS_KEY_ID: id = '',
      AWS_SECRET_ACCESS_KEY: secret = '',
      CLOUDFLARE_API_TOKEN: token = '',
    } = stage.env;
    const terminal = open('', cwd);
    await terminal.answer('Which domain', `not a domain${ENTER}`);
    // What is wrong is said below the line, which stays to be corrected.
    await terminal.answer('is not a DNS name', `\x15first.test${ENTER}`);
    await terminal.answer('Who serves its DNS?', ENTER);
    await terminal.answer('AWS access key id', `${id}${ENTER}`);
    await terminal.answer('secret access key', `wrong-secret${ENTER}`);
    await terminal.answer('AWS does not accept the credentials', '');
    await terminal.answer('AWS access key id', `${id}${ENTER}`);
    await terminal.answer('secret access key', `${secret}${ENTER}`);
    await terminal.answer('AWS account 111122223333', '');
    await terminal.answer('API token', `${'y'.repeat(40)}${ENTER}`);
    await terminal.answer('the token is dead', '');
    await terminal.answer('API token with', `${token}${ENTER}`);
    await terminal.answer('From which SES regions?', ENTER);
    await terminal.answer('Shall Mailwright publish', ENTER);
    await terminal.answer('DMARC reports', ENTER);
    await terminal.answer('An SES tenant', ENTER);
    await terminal.answer('A name for the profile', ENTER);
    expect(readdirSync(cwd)).toEqual(['.env']);
    await terminal.answer('To be written', '');
    await terminal.answer('Write?', ENTER);
    await terminal.answer('Look at the first plan now?', ENTER);
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).toContain('What to do next');
    expect(terminal.shown()).toContain('DNS cloudflare');
    holdsNoSecret(terminal.shown());
    expect(terminal.shown()).not.toContain('wrong-secret');
    expect(parseEnv(readFileSync(join(cwd, '.env'), 'utf8'))).toEqual({
      MINE: '1',
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
      CLOUDFLARE_API_TOKEN: token,
    });
    expect(readdirSync(join(cwd, 'profiles'))).toEqual(['first.yaml']);
  }, 60_000);

  it('Ctrl-C at any question: nothing is written, status 130', async () => {
    for (const last of ['Which domain', 'Who serves its DNS?', 'AWS access key id', 'secret access key']) {
      const cwd = fresh();
      const terminal = open('', cwd);
      for (const [question, keys] of [
        ['Which domain', `first.test${ENTER}`],
        ['Who serves its DNS?', ENTER],
        ['AWS access key id', `${stage.env.AWS_ACCESS_KEY_ID}${ENTER}`],
        ['secret access key', ENTER],
      ] as const) {
        await terminal.answer(question, question === last ? CTRL_C : keys);
        if (question === last) break;
      }
      expect(await terminal.ended, last).toBe(130);
      expect(terminal.shown()).toContain('nothing was written');
      expect(readdirSync(cwd)).toEqual([]);
    }
  }, 60_000);

  it('a no before the writing leaves everything as it was', async () => {
    const cwd = fresh();
    mkdirSync(join(cwd, 'profiles'));
    writeFileSync(join(cwd, 'profiles', 'hand.yaml'), 'domain: theirs.test\n');
    writeFileSync(
      join(cwd, '.env'),
      `AWS_ACCESS_KEY_ID=${stage.env.AWS_ACCESS_KEY_ID}\nAWS_SECRET_ACCESS_KEY=${stage.env.AWS_SECRET_ACCESS_KEY}\n`,
    );
    const flags = '--dns manual --ses-regions us-east-1 --mx none --dmarc-email a@b.test --ses-tenant t';
    const terminal = open(`first.test ${flags}`, cwd);
    await terminal.answer('A name for the profile', `\x15hand${ENTER}`);
    await terminal.answer('replace it?', `y`);
    await terminal.answer('Write?', 'n');
    expect(await terminal.ended).toBe(5);
    expect(readFileSync(join(cwd, 'profiles', 'hand.yaml'), 'utf8')).toBe('domain: theirs.test\n');
  }, 60_000);
});
