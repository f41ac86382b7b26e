import { DKIM_CHECKS } from './ids/dkim.ts';
import { DMARC_CHECKS } from './ids/dmarc.ts';
import { HOST_CHECKS } from './ids/hosts.ts';
import { SES_CHECKS } from './ids/ses.ts';
import { SPF_CHECKS } from './ids/spf.ts';
import { TLS_CHECKS } from './ids/tls.ts';
import { TRANSPORT_CHECKS } from './ids/transport.ts';
import { ZONE_CHECKS } from './ids/zone.ts';

/** Every check, by its stable id: how bad it is when it fails, why it matters, the general way out, and where its rule comes from. */
export const CHECKS = {
  ...SES_CHECKS,
  ...SPF_CHECKS,
  ...DKIM_CHECKS,
  ...DMARC_CHECKS,
  ...HOST_CHECKS,
  ...TRANSPORT_CHECKS,
  ...TLS_CHECKS,
  ...ZONE_CHECKS,
} as const;
