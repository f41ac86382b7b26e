import type { CheckEntry } from './entry.ts';

/** What Amazon SES says of accounts and identities (its developer guide). */
export const SES_CHECKS = {
  'ses.account-sandbox': {
    severity: 'warning',
    title: 'SES account has production access in the region',
    why: 'In a sandbox account SES delivers only to verified addresses and the mailbox simulator, 200 a day.',
    fix: 'Ask AWS for production access in this region (SES console, Account dashboard, Request production access).',
  },
  'ses.account-enforcement': {
    severity: 'error',
    title: 'SES lets the account send',
    why: 'AWS pauses accounts with high bounce or complaint rates; nothing leaves while it does.',
    fix: 'Read the message from AWS in the SES console (Reputation metrics) and answer it.',
  },
  'ses.identity': {
    severity: 'blocker',
    title: 'SES identity exists and may send',
    why: 'SES refuses mail from a domain that it has not verified in the region.',
    fix: 'Run `mailwright up` for the domain.',
  },
  'ses.dkim': {
    severity: 'blocker',
    title: 'SES has verified the DKIM records',
    why: 'SES verifies a domain by its DKIM records and signs only when it has seen them.',
    fix: 'Compare the DKIM records with what the plan shows, then run `mailwright up`: it restarts the verification with the same keys.',
  },
  'ses.dkim-method': {
    severity: 'info',
    title: 'DKIM method is the one of the profile',
    why: 'A working method is kept, because changing it re-signs live mail.',
  },
  'ses.dkim-key-file': {
    severity: 'warning',
    title: 'The key file holds the key that SES signs with',
    why: 'SES gives a key back to nobody: without its file no other region can sign with it, and a failed verification can’t start again.',
    fix: 'Restore the file from where you keep secrets.',
  },
  'ses.dkim-parent': {
    severity: 'advice',
    title: 'DKIM keys come from a region of the profile',
    why: 'Replicas sign with the keys of their parent, so its identity must stay in a region that nothing else is asked of.',
    fix: 'Keep the region, or move the keys: `mailwright up --migrate-dkim` with the new regions.',
  },
  'ses.dkim-key-length': {
    severity: 'warning',
    title: 'DKIM keys have 2048 bits',
    why: 'Signers should use 2048 bits or more; 1024 is the least that receivers must take (RFC 8301 3.2).',
    fix: 'Run `mailwright rotate dkim` for the domain: the records stay, SES changes over by itself.',
  },
  'ses.dkim-former': {
    severity: 'info',
    title: 'Records of former DKIM keys stay for a week',
    why: 'Mail that was signed with them is still under way, and is checked with them when it arrives.',
  },
  'ses.mail-from': {
    severity: 'error',
    title: 'SES accepts the custom MAIL FROM domain',
    why: 'Without it SES sends with its own envelope domain, so SPF passes without alignment and DMARC rests on DKIM alone.',
    fix: 'The name needs exactly one MX, the feedback host of this region. Correct it, then run `mailwright up`.',
  },
  'ses.tenant': {
    severity: 'blocker',
    title: 'The tenant can send from the domain',
    why: 'SES answers 403 to a tenant unless the identity and the configuration set in effect are associated with it.',
    fix: 'Run `mailwright up` for the domain.',
  },
  'ses.relatives': {
    severity: 'warning',
    title: 'Relatives of the identity in the account',
    why: 'The most specific identity decides: an identity of a sub-domain or address overrides the settings of the domain for its own mail.',
    fix: 'Remove the more specific identity where it is not meant.',
  },
} as const satisfies Record<string, CheckEntry>;
