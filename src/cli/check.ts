import type { ArgsDef } from 'citty';
import { askAlone, openAuditor } from '../app/evaluate.ts';
import { loadAsLast, loadManaged } from '../app/managed.ts';
import { openOutside } from '../app/outside.ts';
import { openPlanner } from '../app/planner.ts';
import { type CheckId, SEVERITIES } from '../core/checks/check.ts';
import type { CheckEntry } from '../core/checks/ids/entry.ts';
import { CHECKS } from '../core/checks/table.ts';
import { nearest } from '../core/nearest.ts';
import { Problem } from '../core/problem.ts';
import type { RunReport } from '../core/report.ts';
import { auditDomains, checkDomains } from '../domains/audit/check.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { parseFailOn } from './fail-on.ts';
import { type Flags, readFlags, refuseFlags, refuseWords } from './flags.ts';
import { openOutput, withReport } from './output.ts';
import { writeResult } from './result-file.ts';
import { checkHtml } from './show/check-html.ts';
import { checkMarkdown } from './show/check-markdown.ts';
import { worstFirst } from './show/show-fleet.ts';
import { tellIfSlow } from './tell-if-slow.ts';

export const args = {
  domains: { type: 'positional', required: false, description: 'The domains' },
  ...DOMAIN_ARGS,
  all: { type: 'boolean', description: 'Every domain of which something is ours, each by the wish of its last run' },
  against: {
    type: 'string',
    description: 'Compare with what these domains have alike, instead of with a wish',
    valueHint: 'DOMAIN,DOMAIN',
  },
  'fail-on': {
    type: 'string',
    description: 'Exit with 1 from this severity on; error without it',
    valueHint: SEVERITIES.join('|'),
  },
  'dns-only': { type: 'boolean', description: 'What DNS alone shows of any domain; no profile, no credentials' },
  tls: {
    type: 'boolean',
    description:
      'Ask the MX hosts for STARTTLS, certificate and DANE, too: it talks to hosts that may be other people’s, and port 25 must be open from here',
  },
  registration: { type: 'boolean', description: 'Ask the registry (RDAP), too, when the registration ends' },
  markdown: { type: 'string', description: 'Print the page as Markdown; =FILE writes it', valueHint: '[=FILE]' },
  html: { type: 'string', description: 'Write the page as one HTML file', valueHint: 'FILE' },
  explain: { type: 'string', description: 'What a check asks, why, and where its rule comes from', valueHint: 'ID' },
  message: { type: 'string', description: 'Explain a received message (an .eml file) instead', valueHint: 'FILE' },
  ip: {
    type: 'string',
    description: 'With --message: the host that handed it in; else its own headers say it',
    valueHint: 'ADDRESS',
  },
  helo: { type: 'string', description: 'With --message: how that host greeted', valueHint: 'NAME' },
  from: {
    type: 'string',
    description:
      'A file with one domain on each line (- reads stdin); with --message the envelope sender, empty for a bounce',
    valueHint: 'FILE|ADDRESS',
  },
  resolver: { type: 'string', description: 'Ask this resolver instead of the configured ones', valueHint: 'HOST:PORT' },
} as const satisfies ArgsDef;

/** Looks at domains again and says what is true. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const refuse = (mode: keyof typeof args, allowed: readonly (keyof typeof args)[], why?: string) =>
    refuseFlags(flags, args, mode, allowed, why);
  const explained = flags.text('explain');
  if (explained !== undefined) {
    refuse('explain', []);
    refuseWords(flags, '--explain is about a check, not about domains.');
    return explain(explained);
  }
  if (flags.text('message') !== undefined) {
    refuse('message', ['ip', 'helo', 'from', 'resolver', 'json'], 'it looks at a message, not at domains.');
    return (await import('./check-message.ts')).runCheckMessage(flags);
  }
  for (const name of ['ip', 'helo'])
    if (flags.text(name) !== undefined)
      throw new Problem('input', 'flag.message', `--${name} says how a message came in, and there is none.`, {
        fix: 'Name it with --message FILE, or leave the flag out.',
      });
  if (flags.text('against') !== undefined) {
    const where = ['domain', 'profile', 'ses-regions', 'dns', 'from', 'json'] as const;
    refuse('against', where, 'the other domains say what is wanted.');
    return (await import('./check-against.ts')).runCheckAgainst(flags);
  }
  if (flags.on('dns-only')) {
    const looks = ['domain', 'from', 'tls', 'registration', 'markdown', 'html', 'fail-on', 'resolver', 'json'] as const;
    refuse('dns-only', looks, 'DNS alone is looked at, and no wish.');
  }
  const json = flags.text('json');
  if (flags.text('markdown') === '-' && (json === '-' || json === 'lines'))
    throw new Problem('input', 'flag.beside', '--markdown can’t stand beside --json: both would be printed.', {
      fix: 'Write one of them into a file, as in --markdown=page.md.',
    });
  return withReport(flags, 'check', () => {
    tryPages(flags);
    return flags.on('dns-only') ? runDnsOnly(flags) : runCheck(flags).catch((error) => orDnsOnly(error, flags.words));
  });
}

/** Without credentials there is another look, which needs none. */
function orDnsOnly(error: unknown, domains: readonly string[]): never {
  if (!(error instanceof Problem) || error.code !== 'aws.no-credentials' || domains.length === 0) throw error;
  const { kind, code, message, fix } = error;
  const other = `What DNS shows needs none: mailwright check --dns-only ${domains.join(' ')}.`;
  throw new Problem(kind, code, message, { fix: `${fix ?? ''} ${other}`.trim(), cause: error });
}

/** A page that can't be written is told before anything is asked. */
function tryPages(flags: Flags): void {
  for (const name of ['markdown', 'html']) {
    const path = flags.text(name);
    if (path !== undefined && !(name === 'markdown' && path === '-')) writeResult(`--${name}`, path, '');
  }
}

/** The pages that flags ask for. */
function writePages(flags: Flags, all: readonly RunReport[]): void {
  const reports = worstFirst(all);
  const markdown = flags.text('markdown');
  const html = flags.text('html');
  if (markdown === '-') process.stdout.write(checkMarkdown(reports));
  else if (markdown !== undefined) writeResult('--markdown', markdown, checkMarkdown(reports));
  if (html !== undefined) writeResult('--html', html, checkHtml(reports));
}

/** What a check asks, why, and where its rule comes from. */
function explain(id: string): number {
  const entry: CheckEntry | undefined = Object.hasOwn(CHECKS, id) ? CHECKS[id as CheckId] : undefined;
  if (!entry) {
    const meant = nearest(id, Object.keys(CHECKS));
    throw new Problem(
      'input',
      'check.id',
      `--explain: there is no check "${id}"${meant ? `; is ${meant} meant?` : '.'}`,
      {
        fix: 'The ids are those that check prints; docs/reference/checks.md has them all.',
      },
    );
  }
  const { severity, title, why, fix, source } = entry;
  const lines = [`${id} (${severity})`, title, `Why: ${why}`, `Fix: ${fix}`, `Source: ${source}`];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** What DNS alone shows. */
async function runDnsOnly(flags: Flags): Promise<number> {
  const failOn = parseFailOn(flags);
  const auditor = openAuditor({
    domains: [...flags.words, ...(flags.text('domain') === undefined ? [] : [flags.text('domain') ?? ''])],
    from: flags.text('from'),
    registration: flags.on('registration'),
    tls: flags.on('tls'),
    resolver: flags.text('resolver'),
  });
  if (auditor.domains.length === 0)
    throw new Problem('input', 'domain.missing', 'check: no domain is named.', {
      fix: 'Write mailwright check --dns-only example.com.',
    });
  const output = openOutput(flags, { plan: false });
  try {
    const { resolver, allowPrivate, outside } = auditor;
    const options = { failOn, allowPrivate, outside };
    const asked = auditDomains(auditor.domains, resolver, options, { run: '', now: Date.now });
    const reports = await tellIfSlow(auditor.domains.length, asked);
    writePages(flags, reports);
    return output.finish(reports, { quiet: flags.text('markdown') === '-' });
  } finally {
    auditor.close();
  }
}

async function runCheck(flags: Flags): Promise<number> {
  if (flags.on('all')) {
    refuseWords(flags, '--all checks every domain of which something is ours.');
    refuseFlags(flags, { domain: args.domain }, 'all', []);
  }
  const failOn = parseFailOn(flags);
  const request = domainRequest(flags);
  const loaded = flags.on('all') ? await loadManaged(request) : await loadAsLast(request);
  const { specs, state } = loaded;
  const config = { ...loaded.config, dns: askAlone(loaded.config.dns, flags.text('resolver')) };
  const output = openOutput(flags, { plan: false });
  const planner = await openPlanner(config, specs, { state, journal: 'none' });
  try {
    const { resources, ground } = planner;
    const { allowPrivate } = config.dns;
    const outside = openOutside(ground.resolver, {
      allowPrivate,
      registration: flags.on('registration'),
      tls: flags.on('tls'),
      port: config.smtp.port,
    });
    const options = { failOn, allowPrivate, outside };
    const asked = checkDomains(specs, resources, ground, output.progress, options);
    const reports = await tellIfSlow(specs.length, asked);
    writePages(flags, reports);
    return output.finish(reports, { quiet: flags.text('markdown') === '-' });
  } finally {
    await planner.close();
  }
}
