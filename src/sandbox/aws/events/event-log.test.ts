import { expect, it } from 'vitest';
import { Clock } from '../../clock.ts';
import { Faults } from '../../faults.ts';
import { EventLog } from './event-log.ts';

function open() {
  const faults = new Faults();
  const log = new EventLog(new Clock(), faults);
  const add = (eventType: string, region = 'us-east-1') =>
    log.add({
      account: '1',
      region,
      configurationSet: undefined,
      eventType,
      messageId: 'm',
      event: {},
      destinations: [],
    });
  return { faults, log, add, kinds: (since = 0) => log.read({ since }).map(({ eventType }) => eventType) };
}

it('numbers what arrives, and is read from a number, by message and Region', () => {
  const { log, add, kinds } = open();
  add('Send');
  add('Delivery', 'eu-west-1');
  expect(log.read().map(({ n }) => n)).toEqual([1, 2]);
  expect(kinds(1)).toEqual(['Delivery']);
  expect(log.read({ region: 'eu-west-1' })).toHaveLength(1);
  expect(log.read({ messageId: 'other' })).toEqual([]);
  log.clear();
  add('Send');
  expect(log.read().map(({ n }) => n)).toEqual([3]);
});

it('lets faults of one kind of event bend its way', () => {
  const { faults, add, kinds } = open();
  faults.add({ kind: 'duplicate', system: 'ses', operation: 'event Bounce', count: 1 });
  add('Bounce');
  expect(kinds()).toEqual(['Bounce', 'Bounce']);
  faults.add({ kind: 'reorder', system: 'ses', operation: 'event Bounce', count: 1 });
  add('Bounce');
  expect(kinds(2)).toEqual([]);
  add('Send');
  expect(kinds(2)).toEqual(['Send', 'Bounce']);
  faults.add({ kind: 'drop', system: 'ses', operation: 'event Bounce' });
  add('Bounce');
  add('Send');
  expect(kinds(4)).toEqual(['Send']);
});
