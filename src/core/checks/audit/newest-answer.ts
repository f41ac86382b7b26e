import { type Answer, foldAnswers, type ServerAnswer } from '../../resolver.ts';

/**
 * What the newest of a zone's servers says, by their SOA serials, where they differ: joined, their words would be a set that nobody serves
 * (two SPF records, of which each server has one). Serials say something of one another only where they come from one primary: two
 * providers of a zone count each for itself. Where nobody is newer, what is there counts before what is not, then the first. `servers` stay
 * all, the newest first. Pure.
 */
export function newestAnswer(answer: Answer, soa: Answer | undefined): Answer {
  const heard = answer.servers.filter(({ status }) => status !== 'unknown');
  const said = new Set(heard.map(({ values, alias }) => JSON.stringify([values.toSorted(), alias])));
  if (said.size < 2) return answer;
  const version = (by: string) => {
    const [primary, , serial] = soa?.servers.find((one) => one.by === by)?.values[0]?.split(' ') ?? [];
    return serial === undefined ? undefined : { primary, serial: Number(serial) };
  };
  const isNewer = (one: ServerAnswer, other: ServerAnswer) => {
    const [a, b] = [version(one.by), version(other.by)];
    return a !== undefined && b !== undefined && a.primary === b.primary && isLater(a.serial, b.serial);
  };
  const current = heard.filter((one) => !heard.some((other) => isNewer(other, one)));
  const newest = current.find(({ values }) => values.length > 0) ?? current[0] ?? heard[0];
  const others = heard.filter((one) => one !== newest);
  if (newest === undefined) return answer;
  const silent = answer.servers.filter(({ status }) => status === 'unknown');
  return { ...foldAnswers([newest]), servers: [newest, ...others, ...silent] };
}

/** Serials count round (RFC 1982 3.2): behind 4294967295 comes 0. */
function isLater(serial: number, than: number): boolean {
  const ahead = (serial - than) >>> 0;
  return ahead > 0 && ahead < 2 ** 31;
}
