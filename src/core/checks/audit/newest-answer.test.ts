import { expect, it } from 'vitest';
import { type Answer, foldAnswers, type ServerAnswer } from '../../resolver.ts';
import { newestAnswer } from './newest-answer.ts';

const said = (by: string, ...values: string[]): ServerAnswer => ({
  by,
  status: values.length > 0 ? 'present' : 'absent',
  values,
});
const silent: ServerAnswer = { by: 'ns3', status: 'unknown', values: [], reason: 'no answer in 2 s' };
const soa = (first: number, second: number, primary = 'ns1'): Answer =>
  foldAnswers([said('ns1', `ns1 h ${first} 1 1 1 1`), said('ns2', `${primary} h ${second} 1 1 1 1`)]);

it.each<[string, Answer | undefined, string]>([
  ['the newest version of the zone', soa(1, 2), 'new'],
  ['the newest version, whoever comes first', soa(2, 1), 'old'],
  ['the newest version, where serials have begun anew', soa(4294967295, 1), 'new'],
  ['the newest version, where they are about to', soa(1, 4294967295), 'old'],
  ['the first, where the versions are the same', soa(1, 1), 'old'],
  ['the first, where their serials are of two primaries', soa(1, 2, 'ns9'), 'old'],
  ['the first, where only one tells its version', foldAnswers([said('ns2', 'ns1 h 9 1 1 1 1')]), 'old'],
  ['the first, where nobody knows the versions', undefined, 'old'],
])('servers that differ are read as one: %s', (_what, version, wanted) => {
  const answer = foldAnswers([silent, said('ns1', 'old'), said('ns2', 'new')]);
  expect(answer.values).toEqual(['old', 'new']);
  const { values, servers } = newestAnswer(answer, version);
  expect(values).toEqual([wanted]);
  expect(servers.map(({ by }) => by).toSorted()).toEqual(['ns1', 'ns2', 'ns3']);
});

it('what is there counts before what is not, in versions that are the same', () => {
  expect(newestAnswer(foldAnswers([said('ns1'), said('ns2', 'new')]), soa(1, 1)).values).toEqual(['new']);
  expect(newestAnswer(foldAnswers([said('ns1'), said('ns2', 'old')]), soa(2, 1)).status).toBe('absent');
});

it('servers that say the same, in whatever order, are left as they are', () => {
  const answer = foldAnswers([said('ns1', 'a', 'b'), said('ns2', 'b', 'a'), silent]);
  expect(newestAnswer(answer, undefined)).toBe(answer);
});
