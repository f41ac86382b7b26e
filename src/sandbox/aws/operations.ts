import { eventDestinationOperations } from './events/destination-operations.ts';
import { badRequest } from './gate/errors.ts';
import type { Operation } from './gate/operation.ts';
import { createEmailIdentity } from './identities/create.ts';
import { deleteEmailIdentity } from './identities/delete.ts';
import { getEmailIdentity, listEmailIdentities } from './identities/read.ts';
import { putDefaultConfigurationSet, putFeedback, putMailFrom } from './identities/settings.ts';
import { putDkimEnabled, putDkimSigning } from './identities/sign.ts';
import { getAccount, putAccountSending } from './resources/account.ts';
import { associationOperations } from './resources/associations.ts';
import { configurationSetOptionOperations } from './resources/configuration-set-options.ts';
import { configurationSetOperations } from './resources/configuration-sets.ts';
import { reputationOperations } from './resources/reputation.ts';
import { tagOperations } from './resources/tags.ts';
import { tenantOperations } from './resources/tenants.ts';
import { sendBulkEmail } from './sending/send-bulk-email.ts';
import { sendEmail } from './sending/send-email.ts';
import { suppressionAttributeOperations } from './suppression/attributes.ts';
import { suppressedDestinationOperations } from './suppression/destinations.ts';
import { templateOperations } from './templates/template-operations.ts';

/** Every SES v2 operation that this AWS knows. */
export const OPERATIONS: readonly Operation[] = [
  createEmailIdentity,
  getEmailIdentity,
  deleteEmailIdentity,
  ...listEmailIdentities,
  putDkimSigning,
  putDkimEnabled,
  putMailFrom,
  putDefaultConfigurationSet,
  putFeedback,
  ...configurationSetOperations,
  ...configurationSetOptionOperations,
  ...eventDestinationOperations,
  ...tenantOperations,
  ...associationOperations,
  ...tagOperations,
  ...reputationOperations,
  ...suppressedDestinationOperations,
  ...suppressionAttributeOperations,
  ...templateOperations,
  getAccount,
  putAccountSending,
  sendEmail,
  sendBulkEmail,
];

/** The operation at a method and path, with the decoded labels. @throws AwsError where a label is not percent-encoded UTF-8 */
export function findOperation(
  method: string,
  path: string,
): { operation: Operation; labels: Record<string, string> } | undefined {
  const segments = path.split('/');
  for (const operation of OPERATIONS) {
    const pattern = operation.path.split('/');
    if (operation.method !== method || pattern.length !== segments.length) continue;
    const labels: Record<string, string> = {};
    const fits = pattern.every((part, index) => {
      const segment = segments[index] ?? '';
      if (!part.startsWith('{')) return part === segment;
      labels[part.slice(1, -1)] = decoded(segment);
      return segment !== '';
    });
    if (fits) return { operation, labels };
  }
  return undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`Invalid URI label ${segment}.`);
  }
}
