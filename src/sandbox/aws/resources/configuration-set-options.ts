import { z } from 'zod';
import { resourceName } from '../gate/names.ts';
import { operation } from '../gate/operation.ts';
import type { SetOptions } from '../state.ts';
import { asksSet, findConfigurationSet } from './configuration-sets.ts';
import { optionGroups } from './option-groups.ts';

const PATH = '/v2/email/configuration-sets/{ConfigurationSetName}';
const label = { ConfigurationSetName: resourceName };

const putSending = operation({
  name: 'PutConfigurationSetSendingOptions',
  method: 'PUT',
  path: `${PATH}/sending`,
  writes: true,
  input: z.object({ ...label, SendingEnabled: z.boolean().default(false) }),
  asks: ({ ConfigurationSetName }, call) => asksSet('PutConfigurationSetSendingOptions', ConfigurationSetName, call),
  run({ ConfigurationSetName, SendingEnabled }, call) {
    findConfigurationSet(call, ConfigurationSetName).sendingEnabled = SendingEnabled;
    return {};
  },
});

const putReputation = operation({
  name: 'PutConfigurationSetReputationOptions',
  method: 'PUT',
  path: `${PATH}/reputation-options`,
  writes: true,
  input: z.object({ ...label, ReputationMetricsEnabled: z.boolean().default(false) }),
  asks: ({ ConfigurationSetName }, call) => asksSet('PutConfigurationSetReputationOptions', ConfigurationSetName, call),
  run({ ConfigurationSetName, ReputationMetricsEnabled }, call) {
    findConfigurationSet(call, ConfigurationSetName).reputationMetrics = ReputationMetricsEnabled;
    return {};
  },
});

/** Puts a whole group: what a call leaves out of it is absent afterwards, which is not the same as empty. */
function putGroup(group: keyof SetOptions, tail: string) {
  const name = `PutConfigurationSet${group}`;
  return operation({
    name,
    method: 'PUT',
    path: `${PATH}/${tail}`,
    writes: true,
    input: z.object({
      ...label,
      ...(group === 'VdmOptions' ? { VdmOptions: optionGroups.VdmOptions.optional() } : optionGroups[group].shape),
    }),
    asks: ({ ConfigurationSetName }, call) => asksSet(name, ConfigurationSetName, call),
    run({ ConfigurationSetName, ...given }, call) {
      const { options } = findConfigurationSet(call, ConfigurationSetName);
      const value = 'VdmOptions' in given ? given.VdmOptions : given;
      Object.assign(options, { [group]: value });
      return {};
    },
  });
}

/** All calls that change options of a configuration set. */
export const configurationSetOptionOperations = [
  putSending,
  putReputation,
  putGroup('DeliveryOptions', 'delivery-options'),
  putGroup('SuppressionOptions', 'suppression-options'),
  putGroup('TrackingOptions', 'tracking-options'),
  putGroup('ArchivingOptions', 'archiving-options'),
  putGroup('VdmOptions', 'vdm-options'),
];
