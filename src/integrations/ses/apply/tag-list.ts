import type { ChangeData } from '../apply.ts';

/** Tags as SES takes them; those that are to go are left out. */
export function tagList(data: ChangeData): { Key: string; Value: string }[] {
  return Object.entries(data.tags ?? {}).flatMap(([Key, Value]) => (Value === null ? [] : [{ Key, Value }]));
}
