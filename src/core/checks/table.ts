import { DKIM_CHECKS } from './ids/dkim.ts';
import { DMARC_CHECKS } from './ids/dmarc.ts';
import type { CheckEntry } from './ids/entry.ts';
import { NAME_CHECKS } from './ids/names.ts';
import { SES_CHECKS } from './ids/ses.ts';
import { SPF_CHECKS } from './ids/spf.ts';
import { TRANSPORT_CHECKS } from './ids/transport.ts';

/**
 * Every check, by its stable id: how bad it is when it fails, why it matters, and the general way out.
 * Sources: Amazon SES developer guide (identities, DEED, MAIL FROM, tenants), RFC 7208, RFC 9989, RFC 5321, RFC 2181.
 */
export const CHECKS = {
  ...SES_CHECKS,
  'dkim.cname': {
    severity: 'blocker',
    title: 'DKIM CNAME is served',
    why: 'Receivers and SES find the public key through it.',
    fix: 'Publish the CNAME exactly as shown, not proxied.',
  },
  'dkim.key': {
    severity: 'blocker',
    title: 'DKIM key record is served',
    why: 'Receivers and SES find the public key in it.',
    fix: 'Publish the TXT record exactly as shown, as the only one at its name.',
  },
  'verification.txt': {
    severity: 'warning',
    title: 'Verification token is served',
    why: 'The profile asks for the older proof of the domain beside DKIM (ses.verification: dkim+txt).',
    fix: 'Publish the TXT record as shown, beside others at the name.',
  },
  'mail-from.host': {
    severity: 'warning',
    title: 'MAIL FROM is nobody’s host',
    why: 'SES accepts the name, so it is kept; but mail to a host of that name goes to SES, which takes only bounces.',
    fix: 'Give the host another name, or move the MAIL FROM to a name of its own with --mail-from once it is no longer in use.',
  },
  'mail-from.mx': {
    severity: 'error',
    title: 'MAIL FROM has exactly one MX, of its region',
    why: 'SES accepts a MAIL FROM domain only with exactly one MX, which names the feedback host of the region.',
    fix: 'Publish exactly this one MX at the name.',
  },
  'mail-from.spf': {
    severity: 'error',
    title: 'MAIL FROM publishes SPF for SES',
    why: 'Receivers check SPF at the envelope domain; SES itself does not look at this record.',
    fix: 'Publish the TXT record as shown.',
  },
  'spf.root': {
    severity: 'warning',
    title: 'SPF record of the domain',
    why: 'Receivers check it for mail whose envelope is the domain itself.',
    fix: 'Publish exactly one v=spf1 record.',
  },
  'spf.multiple': {
    severity: 'error',
    title: 'One SPF record at a name',
    why: 'Receivers treat several v=spf1 records as an error and use none of them (RFC 7208 4.5).',
    fix: 'Merge them into one. Where the profile writes SPF at the name, `mailwright plan DOMAIN --merge-several` shows it, and `up` with it writes it.',
  },
  'dmarc.record': {
    severity: 'error',
    title: 'DMARC policy is published',
    why: 'Gmail, Yahoo and Microsoft demand a DMARC record of bulk senders, and its reports show who sends in the name of the domain.',
    fix: 'Publish the TXT record as shown.',
  },
  'dmarc.multiple': {
    severity: 'error',
    title: 'One DMARC record at a name',
    why: 'Receivers discard all of several DMARC records at a name (RFC 9989 4.10.1).',
    fix: 'Keep the right one and delete the others; `mailwright plan DOMAIN --merge-several` shows what all of them together say.',
  },
  'dmarc.weaker': {
    severity: 'advice',
    title: 'DMARC policy is the one of the profile',
    why: 'A published policy is never changed unasked; this one is weaker than the profile would have it.',
    fix: 'Look at the reports first, then run with --dmarc-apply.',
  },
  'dmarc.report-consent': {
    severity: 'warning',
    title: 'DMARC report address may receive the reports',
    why: 'Reporters send to another organisational domain only where that domain says so (RFC 9990).',
    fix: 'Publish the TXT record as shown at the host of the report address.',
  },
  'dmarc.report-mailbox': {
    severity: 'warning',
    title: 'Something receives the DMARC reports',
    why: 'Reports to an address that receives no mail are lost, and nobody sees who sends in the name of the domain.',
    fix: 'Name an address that receives mail (--dmarc-email, dmarc.rua).',
  },
  'mx.inbound': {
    severity: 'error',
    title: 'Inbound MX is served',
    why: 'Mail to the domain goes where its MX records say.',
    fix: 'Publish the MX records as shown.',
  },
  'mx.accepts': {
    severity: 'blocker',
    title: 'MX hosts take the domain’s mail',
    why: 'A host that does not know the domain refuses its mail, and the sender gets it back.',
    fix: 'Let the host accept the domain (at a relay: relay_domains, transport_maps, relay_recipient_maps) and its postmaster@, which has to be a mailbox or an alias (mailcow.aliases); or take the host out of the profile’s mx.',
  },
  'mx.replies': {
    severity: 'advice',
    title: 'Somebody receives replies to the domain’s mail',
    why: 'Replies, and the reports of receivers to abuse@ and postmaster@, go to the address in From; at a domain without MX they come back to whoever wrote them, and some receivers take mail of such a domain for spam.',
    fix: 'Send with a Reply-To that is read, or let the domain receive mail (mx in the profile).',
  },
  'relay.domain': {
    severity: 'blocker',
    title: 'The relay takes the domain’s mail and passes it on',
    why: 'A relay that lists a domain without a way to pass it on looks its MX up, finds itself, and sends the mail back.',
    fix: 'Run `mailwright up` for the domain.',
  },
  'relay.open': {
    severity: 'error',
    title: 'The relay refuses mail for domains that are not its own',
    why: 'A host that passes mail on for everybody sends spam within hours and is on every block list after that.',
    fix: 'Put reject_unauth_destination into smtpd_relay_restrictions, behind permit_mynetworks and permit_sasl_authenticated.',
  },
  'relay.running': {
    severity: 'blocker',
    title: 'Postfix is running on the relay',
    why: 'Mail that nobody takes waits at its senders, and comes back to them after days.',
    fix: 'Start it there: postfix start (systemctl start postfix).',
  },
  'relay.recipients': {
    severity: 'advice',
    title: 'The relay takes only mail for addresses that are there',
    why: 'What it takes for an address that the mail host does not know comes back to whoever was named as sender, mostly a stranger (backscatter).',
    fix: 'Give it a relay_recipient_maps, or say recipients: any in the profile if that is meant.',
  },
  'mx.parked': {
    severity: 'advice',
    title: 'Mail to the domain is received by mailboxes',
    why: 'A parking service, a null MX or Email Routing stands in the way of mailboxes of your own; what it is for is switched off where it was switched on.',
    fix: 'Switch it off at the registrar or DNS provider, or leave it where the domain only sends.',
  },
  'mailcow.domain': {
    severity: 'error',
    title: 'Mailcow takes mail for the domain',
    why: 'Mail that arrives for a domain that the mail host does not know is refused.',
    fix: 'Run `mailwright up` for the domain.',
  },
  'mailcow.mailbox': {
    severity: 'error',
    title: 'The mailbox is there',
    why: 'Mail to an address that the mail host does not know is refused.',
    fix: 'Run `mailwright up` for the domain.',
  },
  'mailcow.alias': {
    severity: 'error',
    title: 'The alias leads where the profile says',
    why: 'Mail to an address that the mail host does not know is refused; postmaster@ must be answered (RFC 5321 4.5.1).',
    fix: 'Run `mailwright up` for the domain.',
  },
  'mailcow.dkim': {
    severity: 'error',
    title: 'DKIM key of Mailcow is served',
    why: 'Mailcow signs what its users send; without the record receivers can’t check it, and DMARC rests on SPF alone.',
    fix: 'Publish the TXT record exactly as shown, as the only one at its name.',
  },
  'mailcow.clients': {
    severity: 'advice',
    title: 'Mail programs find their settings',
    why: 'Outlook and Thunderbird ask autodiscover and autoconfig of the domain for host names and ports.',
    fix: 'Publish the CNAME as shown.',
  },
  'mailcow.forwarding': {
    severity: 'warning',
    title: 'Mailcow knows the relays as forwarders',
    why: 'Without it Mailcow judges a relay for the spam that others send through it, greylists it, and refuses mail that the relay has taken already.',
    fix: 'Run `mailwright up` for the domain, and answer its question.',
  },
  'outbound.ptr': {
    severity: 'error',
    title: 'The address that sends has a name that leads back to it',
    why: 'Gmail, Microsoft and most others refuse mail from an address whose reverse name (PTR) is missing or leads elsewhere, and distrust names that a network gives to all of its customers.',
    fix: 'Ask whoever gives the address (the hosting provider, mostly in its console) to set its reverse name to that of the mail host.',
  },
  'relay.outbound': {
    severity: 'error',
    title: 'The relay hands the domain’s mail to SES',
    why: 'What it sends for the domain is signed and counted by SES, and leaves by addresses that receivers know.',
    fix: 'Run `mailwright up` for the domain.',
  },
  'mailcow.relayhost': {
    severity: 'error',
    title: 'Mailcow hands the domain’s mail to SES',
    why: 'What its users send leaves by the relay host of the domain: SES signs it, counts it, and keeps the host’s own address out of it.',
    fix: 'Run `mailwright up` for the domain.',
  },
  'dns.ttl-first': {
    severity: 'error',
    title: 'The old value has expired everywhere',
    why: 'Resolvers answer the old value until its TTL is over; changed after that, a record changes for everybody at once.',
  },
  'dns.other-tool': {
    severity: 'warning',
    title: 'No other tool writes the whole zone',
    why: 'A tool that owns a zone deletes at its next run what its own configuration does not name, ours included.',
    fix: 'Put the records into its configuration: `mailwright records DOMAIN --all --format dnscontrol`, `octodns` or `terraform`.',
  },
  'dns.wildcard': {
    severity: 'info',
    title: 'A wildcard covers names of mail',
    why: 'A wildcard makes names look present that are not, and stops answering at and below every name that exists (RFC 4592).',
  },
  'ownership.stale': {
    severity: 'advice',
    title: 'Nothing of ours is left over',
    why: 'What nobody asks for any more goes on working, and goes on being paid for.',
    fix: 'Run with --prune to remove it, or ask for it again.',
  },
  'ownership.drift': {
    severity: 'info',
    title: 'What we made is as we made it',
    why: 'Somebody changed it since. It counts as theirs from now.',
  },
  'dns.delegation': {
    severity: 'blocker',
    title: 'The domain is delegated to the zone that is written',
    why: 'Records in a zone that the parent does not delegate to are seen by nobody.',
    fix: 'Set the name servers of the zone at the registrar, or point Mailwright at the provider that serves the domain.',
  },
  ...SPF_CHECKS,
  ...DKIM_CHECKS,
  ...DMARC_CHECKS,
  ...TRANSPORT_CHECKS,
  ...NAME_CHECKS,
} as const satisfies Record<string, CheckEntry>;
