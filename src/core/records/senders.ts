import { isBelow } from '../domain.ts';

/** Domains by which services send: as SPF includes, as targets of DKIM aliases, as hosts. */
const SENDERS: Readonly<Record<string, string>> = {
  'amazonses.com': 'Amazon SES',
  'google.com': 'Google Workspace',
  'googlehosted.com': 'Google Workspace',
  'protection.outlook.com': 'Microsoft 365',
  'onmicrosoft.com': 'Microsoft 365',
  'dkim.mail.microsoft': 'Microsoft 365',
  'sendgrid.net': 'SendGrid',
  'mailgun.org': 'Mailgun',
  'mcsv.net': 'Mailchimp',
  'mandrillapp.com': 'Mailchimp Transactional',
  'mtasv.net': 'Postmark',
  'salesforce.com': 'Salesforce',
  'exacttarget.com': 'Salesforce',
  'hubspotemail.net': 'HubSpot',
  'hubspot.com': 'HubSpot',
  'zendesk.com': 'Zendesk',
  'freshemail.io': 'Freshworks',
  'zoho.com': 'Zoho Mail',
  'zoho.eu': 'Zoho Mail',
  'zohomail.com': 'Zoho Mail',
  'messagingengine.com': 'Fastmail',
  'fmhosted.com': 'Fastmail',
  'protonmail.ch': 'Proton Mail',
  'proton.ch': 'Proton Mail',
  'icloud.com': 'iCloud Mail',
  'icloudmailadmin.com': 'iCloud Mail',
  'mx.cloudflare.net': 'Cloudflare Email Routing',
  'sparkpostmail.com': 'SparkPost',
  'brevo.com': 'Brevo',
  'sendinblue.com': 'Brevo',
  'mailjet.com': 'Mailjet',
  'shopify.com': 'Shopify',
  'klaviyomail.com': 'Klaviyo',
  'intercom.io': 'Intercom',
  'pphosted.com': 'Proofpoint',
  'mimecast.com': 'Mimecast',
  'registrar-servers.com': 'Namecheap',
};

/** Whose a name of the sending side is: 'amazonses.com', 'x.dkim.amazonses.com' -> 'Amazon SES'. */
export function senderOf(name: string): string | undefined {
  const found = Object.keys(SENDERS).find((domain) => name === domain || isBelow(name, domain));
  return found === undefined ? undefined : SENDERS[found];
}

/** DKIM selectors that services and mail servers use by default, and whose they are where only one has it. */
export const USUAL_SELECTORS: Readonly<Record<string, string | undefined>> = {
  mailwright: undefined,
  dkim: undefined,
  default: undefined,
  mail: undefined,
  email: undefined,
  key1: undefined,
  k1: undefined,
  k2: undefined,
  k3: undefined,
  s1: undefined,
  s2: undefined,
  selector1: undefined,
  selector2: undefined,
  google: 'Google Workspace',
  fm1: 'Fastmail',
  fm2: 'Fastmail',
  fm3: 'Fastmail',
  protonmail: 'Proton Mail',
  protonmail2: 'Proton Mail',
  protonmail3: 'Proton Mail',
  zoho: 'Zoho Mail',
  zmail: 'Zoho Mail',
  sig1: 'iCloud Mail',
  mandrill: 'Mailchimp Transactional',
  pm: 'Postmark',
  mxvault: undefined,
  'cf2024-1': 'Cloudflare Email Routing',
};
