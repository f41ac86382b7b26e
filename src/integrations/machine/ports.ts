import { connect } from 'node:net';
import type { Diagnosis } from '../../core/diagnosis.ts';
import { askServer, askServerByTcp } from '../wire/dns/dns-query.ts';

/** What is connected to, to see whether ports are open on the way out. */
export interface PortQuestion {
  /** A mail exchanger as HOST:PORT. */
  readonly smtpProbe: string;
  /** Addresses of root servers, asked one after the other. */
  readonly roots: readonly string[];
  /** The port of authoritative servers. */
  readonly dnsPort: number;
  readonly timeoutMs: number;
}

/** Outgoing port 53 by UDP and TCP, and outgoing port 25. */
export async function examinePorts(question: PortQuestion): Promise<readonly Diagnosis[]> {
  return Promise.all([examineDns('UDP', question), examineDns('TCP', question), examineSmtp(question)]);
}

async function examineDns(by: 'UDP' | 'TCP', { roots, dnsPort }: PortQuestion): Promise<Diagnosis> {
  const at = { id: `machine.dns-${by.toLowerCase()}`, system: 'machine' };
  const ask = by === 'UDP' ? askServer : askServerByTcp;
  const silent: string[] = [];
  for (const address of roots) {
    const heard = await ask({ address, port: dnsPort, name: '.', type: 'SOA', recursive: false });
    if (!('silence' in heard))
      return { ...at, status: 'ok', says: `port ${dnsPort} by ${by}: the root server ${address} answers` };
    silent.push(`${address}: ${heard.silence}`);
  }
  return {
    ...at,
    status: 'unknown',
    says: `port ${dnsPort} by ${by} seems closed on the way out (${silent.join('; ')}): what name servers serve can’t be looked at`,
    fix: `Allow outgoing port ${dnsPort} by ${by} (firewall, hotel or company network), or run where it is open.`,
  };
}

async function examineSmtp({ smtpProbe, timeoutMs }: PortQuestion): Promise<Diagnosis> {
  const at = { id: 'machine.smtp', system: 'machine' };
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(smtpProbe) ?? [];
  const trouble = await tryConnect(host, Number(port), Math.min(timeoutMs, 5000));
  if (trouble === undefined) return { ...at, status: 'ok', says: `port ${port}: ${host} answers` };
  // Networks of homes and offices, and most clouds, close it; sending through SES needs it not at all.
  return {
    ...at,
    status: 'warning',
    says: `port ${port} seems closed on the way out (${host}: ${trouble}): from here no mail host can be asked`,
    fix: 'Sending through SES does not need it. To look at mail hosts, run from a server whose provider opens port 25.',
  };
}

function tryConnect(host: string, port: number, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (trouble: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(trouble);
    };
    const timer = setTimeout(() => finish(`no answer in ${timeoutMs / 1000} s`), timeoutMs);
    socket.once('connect', () => finish(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}
