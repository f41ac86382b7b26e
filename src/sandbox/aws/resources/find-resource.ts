import { badRequest } from '../gate/errors.ts';
import { arnOf, type Place, type Tag } from '../state.ts';

/** Resource types as ARNs and the live service write them, in lower case, unlike the SDK's enum. */
export const ASSOCIABLE = ['identity', 'configuration-set', 'template'] as const;

/** Something with an ARN and tags of its own. */
export interface Tagged {
  tags: Tag[];
}

/** Type and name in an ARN of this account and Region of what a tenant can have. @throws AwsError BadRequestException */
export function readArn(place: Place, arn: string): { type: (typeof ASSOCIABLE)[number]; name: string } {
  const [kind = '', ...rest] = arn.slice(arn.lastIndexOf(':') + 1).split('/');
  const type = ASSOCIABLE.find((known) => known === kind);
  const name = rest.join('/');
  if (!type || name === '' || arn !== arnOf(place, type, name)) throw badRequest(`Invalid resource ARN ${arn}.`);
  return { type, name };
}

/** What a tenant can have, by its ARN. @throws AwsError BadRequestException for what is no such ARN */
export function findAssociable(place: Place, arn: string): Tagged | undefined {
  const { type, name } = readArn(place, arn);
  if (type === 'identity') return place.identities.get(name);
  return type === 'configuration-set' ? place.configurationSets.get(name) : place.templates.get(name);
}

/** Whatever has tags, by its ARN. @throws AwsError BadRequestException for what is no such ARN */
export function findTagged(place: Place, arn: string): Tagged | undefined {
  if (/^[^/]*:tenant\//.test(arn)) return [...place.tenants.values()].find((tenant) => tenant.arn === arn);
  return findAssociable(place, arn);
}
