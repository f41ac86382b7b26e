import { expect, it } from 'vitest';
import type { Answer, Question } from '../../core/resolver.ts';
import { rememberAnswers } from './answer-cache.ts';

function world(answer: Answer) {
  let now = 0;
  const asked: Question[] = [];
  const resolver = {
    authoritative: async (question: Question) => {
      asked.push(question);
      return answer;
    },
  };
  const { authoritative } = rememberAnswers(resolver, () => now);
  return {
    asked,
    ask: (more: object = { any: true }) => authoritative({ name: 'a.test', type: 'TXT', ...more }),
    pass: (ms: number) => (now += ms),
  };
}
const present: Answer = {
  status: 'present',
  values: ['x'],
  servers: [{ by: 'ns', status: 'present', values: ['x'], ttl: 60 }],
};

it('what is asked several times at once is asked once, and again when its TTL has passed', async () => {
  const { ask, asked, pass } = world(present);
  expect(await Promise.all([ask(), ask()])).toEqual([present, present]);
  await ask();
  expect(asked).toHaveLength(1);
  pass(60_001);
  await ask();
  expect(asked).toHaveLength(2);
});

it('what was not heard is asked again, and so is what all servers are to say', async () => {
  const silent = world({ status: 'unknown', values: [], servers: [] });
  await silent.ask();
  await silent.ask();
  expect(silent.asked).toHaveLength(2);
  const weighed = world(present);
  await weighed.ask({});
  await weighed.ask({});
  expect(weighed.asked).toHaveLength(2);
});

it('a miss is remembered for a while', async () => {
  const { ask, asked, pass } = world({ status: 'absent', values: [], servers: [] });
  await ask();
  pass(29_000);
  await ask();
  expect(asked).toHaveLength(1);
  pass(2000);
  await ask();
  expect(asked).toHaveLength(2);
});
