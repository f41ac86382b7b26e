import { Clock } from '../clock.ts';
import { openDns } from '../dns/main.ts';
import { Faults } from '../faults.ts';
import { Ledger } from '../ledger.ts';
import { openMailHosts } from '../mail/hosts.ts';

/** An answer of the API, read by plain fetch. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
  /** Of each entry: 'success domain_added a.test'. */
  readonly said: readonly string[];
}

/** Mailcow and the inbox over a DNS world, for a test. */
export async function openTestMailcow() {
  const clock = new Clock();
  const ledger = new Ledger(() => clock.now());
  const faults = new Faults();
  const dns = await openDns({ clock, ledger, faults });
  const world = { clock, ledger, faults, internet: dns.internet };
  const { inbox, mailcow } = await openMailHosts(world);
  const { MAILCOW_URL: url = '', MAILCOW_API_KEY: key = '' } = mailcow.env;
  const control = async <T = Record<string, unknown>>(route: string, body?: unknown): Promise<T> => {
    const [name = '', query] = route.split('?');
    return (await (mailcow.control[name] ?? inbox.control[name])?.(body, new URLSearchParams(query))) as T;
  };

  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<ApiAnswer> {
    const response = await fetch(`${url}/api/v1/${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    const json: unknown = /^[[{]/.test(text) ? JSON.parse(text) : undefined;
    const entries = Array.isArray(json) ? (json as { type?: string; msg?: unknown }[]) : [];
    const said = entries.map(({ type, msg }) => [type, msg].flat().join(' '));
    return { status: response.status, text, json, said };
  }
  const headers = { 'x-api-key': key };
  const post = async (path: string, body: unknown) =>
    (await send('POST', path, { ...headers, 'content-type': 'application/json' }, JSON.stringify(body))).said;
  return {
    world,
    url,
    key,
    mailcow,
    inbox,
    control,
    send,
    /** What a GET with the read-write key answers. */
    get: async <T = Record<string, unknown>>(path: string) => (await send('GET', path, headers)).json as T,
    /** What add/… says. */
    add: (what: string, attr: object) => post(`add/${what}`, attr),
    edit: (what: string, items: readonly unknown[], attr: object) => post(`edit/${what}`, { items, attr }),
    remove: (what: string, items: readonly unknown[]) => post(`delete/${what}`, items),
    async close() {
      await mailcow.close();
      await inbox.close();
      await dns.standIn.close();
    },
  };
}

export type TestMailcow = Awaited<ReturnType<typeof openTestMailcow>>;
