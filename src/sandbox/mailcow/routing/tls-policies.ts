import type { Read, Write } from '../api/call.ts';
import { Report } from '../api/entry.ts';
import { intOf, textOf } from '../api/loose.ts';

/** `add/tls-policy-map`: what TLS is demanded of a next hop ('example.org', '[host]:port'). One for each. */
export const addTlsPolicy: Write = ({ cow, attr }) => {
  const report = new Report(['tls_policy_maps', 'add', attr]);
  const dest = textOf(attr.dest).trim().toLowerCase();
  const parameters = textOf(attr.parameters);
  if (parameters !== '' && parameters.split(' ').some((one) => !/.+=.+/.test(one)))
    return report.danger('tls_policy_map_parameter_invalid').entries;
  if ([...cow.tlsPolicies.values()].some((one) => one.dest === dest))
    return report.danger(['tls_policy_map_entry_exists', dest]).entries;
  const id = cow.nextId('tlsPolicies');
  const policy = textOf(attr.policy).trim().toLowerCase();
  cow.tlsPolicies.set(id, { id, dest, policy, parameters, active: intOf(attr.active) });
  cow.touch();
  return report.success(['tls_policy_map_entry_saved', dest]).entries;
};

/** `delete/tls-policy-map`: items are ids. */
export const deleteTlsPolicy: Write = ({ cow, items }) => {
  const report = new Report(['tls_policy_maps', 'delete', { id: items }]);
  for (const item of items) {
    if (cow.tlsPolicies.delete(intOf(item))) cow.touch();
    report.success(['tls_policy_map_entry_deleted', textOf(item)]);
  }
  return report.entries;
};

/** `get/tls-policy-map/{id|all}`. */
export const getTlsPolicy: Read = ({ cow, object = '' }) => {
  const all = [...cow.tlsPolicies.values()].map(({ active, ...rest }) => ({
    ...rest,
    active: cow.switches.flagsAs === 'texts' ? String(active) : active,
    active_int: active,
  }));
  return object === 'all' ? all : all.find(({ id }) => id === intOf(object));
};
