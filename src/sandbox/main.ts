import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type AwsOptions, openAws } from './aws/main.ts';
import { Clock } from './clock.ts';
import { openCloudflare } from './cloudflare/main.ts';
import { openControl } from './control.ts';
import { openDns } from './dns/main.ts';
import { Faults } from './faults.ts';
import { Ledger } from './ledger.ts';
import { openMailHosts } from './mail/hosts.ts';
import { openPorkbun } from './porkbun/main.ts';
import { openRelays } from './relay/main.ts';
import { openRoute53 } from './route53/main.ts';
import type { StandIn, World } from './world.ts';

/** Settings of a sandbox; ports are free ones where absent. */
export interface SandboxOptions {
  readonly controlPort?: number;
  /** The one port of all name servers and the resolver. */
  readonly dnsPort?: number;
  /** The first AWS key, its IAM policy and SES's switches. */
  readonly aws?: Omit<AwsOptions, 'smtpPort'>;
}

/** A running sandbox. */
export interface Sandbox {
  /** Environment variables that point a client at it. */
  readonly env: Readonly<Record<string, string>>;
  /** Addresses by stand-in and meaning: { 'cloudflare.endpoint': 'http://…' }. */
  readonly addresses: Readonly<Record<string, string>>;
  /** URL of the control server. */
  readonly control: string;
  close(): Promise<void>;
}

/** Opens all stand-ins and the control server; what was opened is closed again when one of them can't be. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = new Clock();
  const ledger = new Ledger(() => clock.now());
  const faults = new Faults();
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  try {
    const dns = await openDns(
      { clock, ledger, faults },
      options.dnsPort === undefined ? {} : { port: options.dnsPort },
    );
    opened.push(dns.standIn);
    const world: World = { clock, ledger, faults, internet: dns.internet };
    const standIns: StandIn[] = [dns.standIn];
    const add = (standIn: StandIn) => {
      opened.push(standIn);
      standIns.push(standIn);
      return standIn;
    };
    add(await openCloudflare(world, dns));
    add(await openPorkbun(world, dns));
    const { inbox, mailcow } = await openMailHosts(world);
    add(inbox);
    add(mailcow);
    // The port of every mail host of the world.
    const smtpPort = Number(inbox.env.MAILWRIGHT_SMTP_PORT);
    add(await openRelays(world, { smtpPort }));
    // AWS delivers what it accepted over SMTP like everybody else.
    const aws = await openAws(world, { ...options.aws, smtpPort });
    add(aws);
    add(await openRoute53(world, dns, aws.gate));

    const env = Object.fromEntries(standIns.flatMap((standIn) => Object.entries(standIn.env)));
    const addresses = Object.fromEntries(
      standIns.flatMap(({ name, addresses }) =>
        Object.entries(addresses).map(([meaning, address]) => [`${name}.${meaning}`, address]),
      ),
    );
    const control = await openControl({ clock, ledger, faults }, standIns, { env, addresses }, options.controlPort);
    opened.push(control);
    return { env, addresses, control: control.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Runs a sandbox as a program: one line of JSON on stdout when it is ready, the end by SIGTERM or SIGINT, and with
 * `--with-parent` also when stdin closes, so that it never outlives who started it. `--iam-policy=FILE` limits the first
 * AWS key to a policy document; `--control-port=` and `--dns-port=` fix ports.
 */
export async function runSandbox(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      'with-parent': { type: 'boolean', default: false },
      'control-port': { type: 'string' },
      'dns-port': { type: 'string' },
      'iam-policy': { type: 'string' },
    },
  });
  const policyFile = values['iam-policy'];
  const sandbox = await openSandbox({
    ...(policyFile === undefined ? {} : { aws: { policy: JSON.parse(readFileSync(policyFile, 'utf8')) } }),
    ...(values['control-port'] === undefined ? {} : { controlPort: Number(values['control-port']) }),
    ...(values['dns-port'] === undefined ? {} : { dnsPort: Number(values['dns-port']) }),
  });
  const stop = () => {
    sandbox.close().finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (values['with-parent']) {
    process.stdin.once('end', stop).once('close', stop);
    process.stdin.resume();
  }
  const { env, addresses, control } = sandbox;
  process.stdout.write(`${JSON.stringify({ ready: true, env, addresses, control })}\n`);
}

const entry = process.argv[1];
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url))
  runSandbox(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
