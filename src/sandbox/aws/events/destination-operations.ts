import { z } from 'zod';
import { AwsError, alreadyExists, notFound } from '../gate/errors.ts';
import { resourceName } from '../gate/names.ts';
import { type Call, operation } from '../gate/operation.ts';
import { asksSet, findConfigurationSet } from '../resources/configuration-sets.ts';
import { destinationSchema, type EventDestination, refuseUnusable } from './destination.ts';
import { publishTest } from './publish.ts';

const LIST = '/v2/email/configuration-sets/{ConfigurationSetName}/event-destinations';
const MOST = 10;
const set = { ConfigurationSetName: resourceName };
const both = { ...set, EventDestinationName: resourceName };

const create = operation({
  name: 'CreateConfigurationSetEventDestination',
  method: 'POST',
  path: LIST,
  writes: true,
  input: z.object({ ...both, EventDestination: destinationSchema }),
  asks: ({ ConfigurationSetName }, call) =>
    asksSet('CreateConfigurationSetEventDestination', ConfigurationSetName, call),
  run({ ConfigurationSetName, EventDestinationName: name, EventDestination: given }, call) {
    const { eventDestinations } = findConfigurationSet(call, ConfigurationSetName);
    if (eventDestinations.has(name)) throw alreadyExists(`Event destination <${name}> already exists.`);
    if (eventDestinations.size >= MOST)
      throw new AwsError(
        'LimitExceededException',
        400,
        `A configuration set can have at most ${MOST} event destinations.`,
      );
    refuseUnusable(call.place, given, call.aws.switches.unreachableTopics);
    eventDestinations.set(name, made(call, name, given));
    if (given.SnsDestination) publishTest(call.aws, call.place, ConfigurationSetName, given.SnsDestination.TopicArn);
    return {};
  },
});

const update = operation({
  name: 'UpdateConfigurationSetEventDestination',
  method: 'PUT',
  path: `${LIST}/{EventDestinationName}`,
  writes: true,
  input: z.object({ ...both, EventDestination: destinationSchema }),
  asks: ({ ConfigurationSetName }, call) =>
    asksSet('UpdateConfigurationSetEventDestination', ConfigurationSetName, call),
  run({ ConfigurationSetName, EventDestinationName, EventDestination: given }, call) {
    const { Name } = find(call, ConfigurationSetName, EventDestinationName);
    refuseUnusable(call.place, given, call.aws.switches.unreachableTopics);
    findConfigurationSet(call, ConfigurationSetName).eventDestinations.set(Name, made(call, Name, given));
    return {};
  },
});

const get = operation({
  name: 'GetConfigurationSetEventDestinations',
  method: 'GET',
  path: LIST,
  writes: false,
  input: z.object(set),
  asks: ({ ConfigurationSetName }, call) => asksSet('GetConfigurationSetEventDestinations', ConfigurationSetName, call),
  run: ({ ConfigurationSetName }, call) => ({
    EventDestinations: [...findConfigurationSet(call, ConfigurationSetName).eventDestinations.values()],
  }),
});

const remove = operation({
  name: 'DeleteConfigurationSetEventDestination',
  method: 'DELETE',
  path: `${LIST}/{EventDestinationName}`,
  writes: true,
  input: z.object(both),
  asks: ({ ConfigurationSetName }, call) =>
    asksSet('DeleteConfigurationSetEventDestination', ConfigurationSetName, call),
  run({ ConfigurationSetName, EventDestinationName }, call) {
    const { Name } = find(call, ConfigurationSetName, EventDestinationName);
    findConfigurationSet(call, ConfigurationSetName).eventDestinations.delete(Name);
    return {};
  },
});

/** All calls about where the events of a configuration set go. */
export const eventDestinationOperations = [create, update, get, remove];

function find(call: Call, setName: string, name: string): EventDestination {
  const destination = findConfigurationSet(call, setName).eventDestinations.get(name);
  if (!destination) throw notFound(`Event destination <${name}> does not exist.`);
  return destination;
}

function made({ aws }: Call, Name: string, given: z.output<typeof destinationSchema>): EventDestination {
  return { ...given, Name, Enabled: given.Enabled ?? aws.switches.destinationsStartEnabled };
}
