/** Account-wide or destructive calls of SES v2, by 'METHOD /path'. Those that are not played are refused as unknown; all of them fail any journey. */
export const FORBIDDEN_CALLS: Readonly<Record<string, string>> = {
  'POST /v2/email/account/details': 'PutAccountDetails',
  'PUT /v2/email/account/dedicated-ips/warmup': 'PutAccountDedicatedIpWarmupAttributes',
  'PUT /v2/email/account/pricing-attributes': 'PutAccountPricingAttributes',
  'PUT /v2/email/account/sending': 'PutAccountSendingAttributes',
  'PUT /v2/email/account/suppression': 'PutAccountSuppressionAttributes',
  'PUT /v2/email/account/vdm': 'PutAccountVdmAttributes',
  'PUT /v2/email/deliverability-dashboard': 'PutDeliverabilityDashboardOption',
};

/** The same of SES v1, by Action. */
export const FORBIDDEN_ACTIONS: ReadonlySet<string> = new Set([
  'DeleteReceiptRuleSet',
  'SetActiveReceiptRuleSet',
  'UpdateAccountSendingEnabled',
]);

/** Whether a delete takes away what does not carry Mailwright's tag: done as the real thing would, and marked in the ledger. */
export function isForeign(
  deleted: { readonly tags: readonly { readonly Key: string; readonly Value: string }[] } | undefined,
): boolean {
  return (
    deleted !== undefined && !deleted.tags.some(({ Key, Value }) => Key === 'managed-by' && Value === 'mailwright')
  );
}
