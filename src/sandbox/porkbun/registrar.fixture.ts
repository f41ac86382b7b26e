import { Resolver } from 'node:dns/promises';
import { Clock } from '../clock.ts';
import { openDns } from '../dns/main.ts';
import { Faults } from '../faults.ts';
import { Ledger } from '../ledger.ts';
import { openPorkbun } from './main.ts';

/** A record as the API shows it. */
export interface ShownRecord {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly ttl: string;
  readonly prio: string | null;
  readonly notes: string | null;
}

/** An answer of the API, read by plain fetch. */
export interface ApiAnswer {
  readonly http: number;
  readonly headers: Headers;
  readonly text: string;
  readonly status?: string;
  readonly code?: string;
  readonly message?: string;
  readonly id?: string | number;
  readonly records?: readonly ShownRecord[];
  readonly [key: string]: unknown;
}

/** Porkbun over a DNS world, without edge delay and without a pace, for a test. */
export async function openTestPorkbun() {
  const clock = new Clock();
  const ledger = new Ledger(() => clock.now());
  const faults = new Faults();
  const dns = await openDns({ clock, ledger, faults });
  const porkbun = await openPorkbun({ clock, ledger, faults, internet: dns.internet }, dns);
  const { PORKBUN_API_KEY: apikey, PORKBUN_SECRET_API_KEY: secretapikey, PORKBUN_BASE_URL: base } = porkbun.env;
  const control = <T = Record<string, unknown>>(route: string, body?: unknown): T => {
    const [key = '', query] = route.split('?');
    return porkbun.control[key]?.(body, new URLSearchParams(query)) as T;
  };
  control('POST /porkbun/edge', { delayMs: 0 });
  control('POST /porkbun/switches', { callsPerSecond: 0 });

  async function send(method: string, path: string, headers: Record<string, string>, body?: unknown) {
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(`${base}${path}`, { method, headers, ...init });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    const json: Record<string, unknown> = isJson ? JSON.parse(text) : {};
    return { ...json, http: response.status, headers: response.headers, text } as ApiAnswer;
  }
  /** A POST with the first account's keys in the body. */
  const api = (path: string, body: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
    send('POST', path, headers, { apikey, secretapikey, ...body });
  const resolver = new Resolver({ timeout: 3000, tries: 1 });
  resolver.setServers([`127.0.0.1:${dns.port}`]);
  return {
    clock,
    ledger,
    faults,
    dns,
    porkbun,
    control,
    send,
    api,
    keys: { apikey: apikey ?? '', secretapikey: secretapikey ?? '' },
    resolver,
    /** A delegated domain by the control. */
    seed: (name: string, more: Record<string, unknown> = {}) => control('POST /porkbun/domains', { name, ...more }),
    /** Everything but the apex NS records. */
    async list(domain: string): Promise<ShownRecord[]> {
      const { records = [] } = await api(`/dns/retrieve/${domain}`);
      return records.filter(({ type, name }) => !(type === 'NS' && name === domain));
    },
    async close() {
      await porkbun.close();
      await dns.standIn.close();
    },
  };
}
