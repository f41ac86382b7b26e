import type { DNSResolver } from 'mailauth';
import type { Internet } from '../world.ts';

/**
 * A resolver in the shape of `dns.promises.resolve` that asks the sandbox's own internet: TXT as lists of strings,
 * MX as { exchange, priority }, the others as strings; ENOTFOUND, ENODATA and ESERVFAIL as codes of the errors.
 */
export function resolverOf(internet: Internet): DNSResolver {
  const resolve = async (name: string, type: string) => {
    const { rcode, records } = await internet.lookup(name, type);
    if (rcode === 'NXDOMAIN') throw failure('ENOTFOUND', name, type);
    if (rcode !== 'NOERROR') throw failure(rcode === 'REFUSED' ? 'EREFUSED' : 'ESERVFAIL', name, type);
    const found = records.filter((record) => record.type === type).map(({ value }) => value);
    if (found.length === 0) throw failure('ENODATA', name, type);
    if (type === 'TXT') return found.map((value) => [value]);
    if (type === 'MX') return found.map(readMx);
    return found;
  };
  // mailauth's type leaves out the objects that an MX question is answered with.
  return resolve as DNSResolver;
}

function readMx(value: string): { exchange: string; priority: number } {
  const [priority = '0', exchange = ''] = value.trim().split(/\s+/);
  return { exchange: exchange.replace(/\.$/, ''), priority: Number(priority) };
}

function failure(code: string, name: string, type: string): Error {
  return Object.assign(new Error(`query${type} ${code} ${name}`), { code, hostname: name });
}
