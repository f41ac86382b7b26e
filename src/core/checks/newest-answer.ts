import { type Answer, foldAnswers } from '../resolver.ts';

/**
 * What the newest of a zone's servers says, by their SOA serials, where they differ: joined, their words would be a set that nobody serves
 * (two SPF records, of which each server has one). `servers` stay all, the newest first. Pure.
 */
export function newestAnswer(answer: Answer, soa: Answer | undefined): Answer {
  const heard = answer.servers.filter(({ status }) => status !== 'unknown');
  const said = new Set(heard.map(({ values, alias }) => JSON.stringify([values.toSorted(), alias])));
  if (said.size < 2) return answer;
  const serial = (by: string) => Number(soa?.servers.find((one) => one.by === by)?.values[0]?.split(' ')[2] ?? 0);
  const [newest, ...others] = heard.toSorted(
    (a, b) => serial(b.by) - serial(a.by) || Number(b.values.length > 0) - Number(a.values.length > 0),
  );
  if (newest === undefined) return answer;
  const silent = answer.servers.filter(({ status }) => status === 'unknown');
  return { ...foldAnswers([newest]), servers: [newest, ...others, ...silent] };
}
