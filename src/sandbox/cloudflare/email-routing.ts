import type { Estate } from './estate.ts';
import { type CloudZone, newId, type StoredRecord } from './state.ts';

/**
 * Switches Email Routing: on adds its locked MX, SPF and DKIM records (a foreign MX set must be gone before), off removes them.
 * Unlocked they can be edited, but stay linked: whatever became of them goes when it is switched off.
 */
export function setEmailRouting(estate: Estate, zone: CloudZone, wanted: boolean | 'unlocked'): void {
  if (wanted === 'unlocked') unlock(estate, zone);
  else turn(estate, zone, wanted);
}

function turn(estate: Estate, zone: CloudZone, isOn: boolean): void {
  const foreign = [...zone.records.values()].find(
    (record) => record.type === 'MX' && record.name === zone.name && !record.emailRouting,
  );
  if (isOn && foreign) throw new RangeError(`Email Routing needs ${zone.name} without other MX records`);
  zone.emailRouting = isOn;
  estate.change(zone, ({ records, now }) => {
    for (const record of records.values()) if (record.emailRouting) records.delete(record.id);
    if (!isOn) return;
    for (const partial of routingRecords(zone.name)) {
      const record: StoredRecord = {
        ...partial,
        id: newId(),
        ttl: 1,
        proxied: false,
        comment: null,
        tags: [],
        settings: {},
        createdOn: now,
        modifiedOn: now,
        readOnly: true,
        emailRouting: true,
      };
      records.set(record.id, record);
    }
  });
}

function unlock(estate: Estate, zone: CloudZone): void {
  if (!zone.emailRouting) throw new RangeError(`Email Routing of ${zone.name} is off`);
  estate.change(zone, ({ records }) => {
    for (const record of records.values())
      if (record.emailRouting) records.set(record.id, { ...record, readOnly: false });
  });
}

function routingRecords(zone: string): Pick<StoredRecord, 'name' | 'type' | 'content' | 'priority'>[] {
  const mx = [13, 57, 83].map((priority, index) => ({
    name: zone,
    type: 'MX',
    content: `route${index + 1}.mx.cloudflare.net`,
    priority,
  }));
  return [
    ...mx,
    { name: zone, type: 'TXT', content: '"v=spf1 include:_spf.mx.cloudflare.net ~all"' },
    { name: `cf2024-1._domainkey.${zone}`, type: 'TXT', content: '"v=DKIM1; h=sha256; k=rsa; p=MIIBIjANBgkqhkiG9w0B"' },
  ];
}
