import { xml } from '../aws/gate/replies.ts';
import { writeName } from './names.ts';
import { showSet } from './set-input.ts';
import type { Change, HostedZone, RecordSet } from './state.ts';

/** An element with text. */
export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${xml(String(text))}</${name}>`;
}

/** HostedZone */
export function zoneXml({ id, name, callerReference, comment, isPrivate, sets }: HostedZone): string {
  const config = `${comment === '' ? '' : element('Comment', comment)}${element('PrivateZone', isPrivate)}`;
  return `<HostedZone>${element('Id', `/hostedzone/${id}`)}${element('Name', writeName(name))}${element('CallerReference', callerReference)}<Config>${config}</Config>${element('ResourceRecordSetCount', sets.size)}</HostedZone>`;
}

/** DelegationSet */
export function delegationSetXml({ nameServers }: HostedZone): string {
  const hosts = nameServers.map((host) => element('NameServer', host)).join('');
  return `<DelegationSet><NameServers>${hosts}</NameServers></DelegationSet>`;
}

/** ChangeInfo */
export function changeXml({ id, status, submittedAt, comment }: Change): string {
  return `<ChangeInfo>${element('Id', `/change/${id}`)}${element('Status', status)}${element('SubmittedAt', submittedAt)}${comment === undefined ? '' : element('Comment', comment)}</ChangeInfo>`;
}

/** ResourceRecordSet */
export function setXml(set: RecordSet): string {
  const { ResourceRecords, AliasTarget, ...plain } = {
    ResourceRecords: undefined,
    AliasTarget: undefined,
    ...showSet(set),
  };
  const facts = Object.entries(plain).map(([key, value]) => element(key, value));
  const records = ResourceRecords?.map(({ Value }) => `<ResourceRecord>${element('Value', Value)}</ResourceRecord>`);
  const alias = AliasTarget && Object.entries(AliasTarget).map(([key, value]) => element(key, value));
  return `<ResourceRecordSet>${facts.join('')}${records ? `<ResourceRecords>${records.join('')}</ResourceRecords>` : ''}${alias ? `<AliasTarget>${alias.join('')}</AliasTarget>` : ''}</ResourceRecordSet>`;
}
