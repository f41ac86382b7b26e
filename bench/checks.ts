import { execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rememberAnswers } from '../src/domains/audit/answer-cache.ts';
import { audit } from '../src/domains/audit/audit.ts';
import { openResolver } from '../src/integrations/wire/dns/resolver.ts';
import { openNameServer } from './name-server.ts';

/** In each of two processes. */
const DOMAINS = 5000;
const AT_ONCE = 40;
const HERE = fileURLToPath(import.meta.url);

/** One process: audits its share, and tells how long it took, what it asked, and how its memory grew. */
async function work(port: number, from: number): Promise<void> {
  const opened = openResolver({ port, publicResolvers: [`127.0.0.1:${port}`], allowPrivate: true });
  const resolver = rememberAnswers(opened, Date.now);
  let next = from;
  let wrong = 0;
  let questions = 0;
  const heap: number[] = [];
  const one = async () => {
    while (next < from + DOMAINS) {
      const domain = `d${next}.test`;
      next += 1;
      const found = await audit(
        { domain, selectors: [], mailFrom: [{ name: `mail.${domain}`, region: 'us-east-1' }] },
        { resolver },
      );
      questions += found.questions;
      const bad = found.checks.filter(
        ({ status, severity }) => status !== 'ok' && severity !== 'advice' && severity !== 'info',
      );
      if (bad.length > 0) wrong += 1;
      if (next % 1000 === 0) heap.push(process.memoryUsage().rss);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  const seconds = (performance.now() - began) / 1000;
  const again = performance.now();
  await audit({ domain: `d${from}.test`, selectors: [], mailFrom: [] }, { resolver });
  process.send?.({ seconds, questions, wrong, heap, warmMs: performance.now() - again } satisfies Share);
  opened.close();
}

/** What one process tells. */
interface Share {
  readonly seconds: number;
  readonly questions: number;
  readonly wrong: number;
  /** Bytes after every thousand domains. */
  readonly heap: readonly number[];
  /** One domain again, its name servers and most of its answers known. */
  readonly warmMs: number;
}

/** Questions a second of the resolver alone, in one process: what the audit could reach if checking cost nothing. */
async function bareRate(port: number): Promise<number> {
  const resolver = openResolver({ port, publicResolvers: [`127.0.0.1:${port}`], allowPrivate: true });
  let next = 0;
  const one = async () => {
    while (next < BARE) await resolver.authoritative({ name: `q${next++}.d1.test`, type: 'TXT', any: true });
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: 100 }, one));
  resolver.close();
  return (BARE / (performance.now() - began)) * 1000;
}

const BARE = 60_000;

/** The full audit of 10,000 domains in two processes against a local server; and checkdmarc on the same zone, where it is installed. */
export async function measureChecks(): Promise<void> {
  const server = await openNameServer();
  try {
    const shares = await Promise.all(
      [0, DOMAINS].map(
        (from) =>
          new Promise<Share>((resolve, reject) => {
            const child = fork(HERE, [String(server.port), String(from)], {
              execArgv: process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof2'] : [],
            });
            child.once('message', (told) => resolve(told as never));
            child.once('error', reject);
          }),
      ),
    );
    const seconds = Math.max(...shares.map((one) => one.seconds));
    const sum = (key: 'questions' | 'wrong') => shares.reduce((all, one) => all + one[key], 0);
    const rate = (2 * DOMAINS) / seconds;
    const growth = Math.max(...shares.map(({ heap }) => (heap.at(-1) ?? 1) / (heap[0] ?? 1)));
    console.log(
      `audit of ${2 * DOMAINS} domains in two processes: ${rate.toFixed(0)} domains a second (aim: at least 500); ` +
        `${(sum('questions') / (2 * DOMAINS)).toFixed(0)} questions each, ${(server.asked() / (2 * DOMAINS)).toFixed(0)} asked of servers; ` +
        `${sum('wrong')} wrong; memory at the end ${growth.toFixed(2)} times that after the first thousand`,
    );
    const asked = server.asked();
    const bare = await bareRate(server.port);
    const share = (asked / 2 / seconds / bare) * 100;
    console.log(
      `the resolver alone: ${bare.toFixed(0)} questions a second in one process; the audit reaches ${share.toFixed(0)} % of that in each of two; ` +
        `one domain again, its servers known: ${Math.max(...shares.map(({ warmMs }) => warmMs)).toFixed(1)} ms (aim: at most 300, without the network)`,
    );
    await beside(server.port, rate);
  } finally {
    server.close();
  }
}

const THEIRS = `
import sys, time, dns.resolver, checkdmarc
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], int(sys.argv[1])
names = ["d%d.test" % n for n in range(int(sys.argv[2]))]
began = time.monotonic()
checkdmarc.check_domains(names, resolver=resolver, skip_tls=True)
print(len(names) / (time.monotonic() - began))
`;
const FEW = 50;

/** The same zone by checkdmarc (PyPI), where a Python has it: CHECKDMARC_PYTHON, or python3. */
async function beside(port: number, rate: number): Promise<void> {
  const python = process.env.CHECKDMARC_PYTHON ?? 'python3';
  const told = await promisify(execFile)(python, ['-c', THEIRS, String(port), String(FEW)]).catch(() => undefined);
  const theirs = Number(told?.stdout.trim().split('\n').at(-1));
  if (Number.isNaN(theirs))
    console.log('left out: checkdmarc (pip install checkdmarc; CHECKDMARC_PYTHON names its Python)');
  else
    console.log(
      `checkdmarc on the same zone: ${theirs.toFixed(0)} domains a second; ratio ${(rate / theirs).toFixed(0)}`,
    );
}

const [port, from] = process.argv.slice(2);
if (process.argv[1] === HERE && port !== undefined) await work(Number(port), Number(from));
