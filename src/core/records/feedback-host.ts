/** SES's feedback host of a region: the one MX that a MAIL FROM name may have there (Amazon SES developer guide, custom MAIL FROM). */
export function feedbackHost(region: string): string {
  return `feedback-smtp.${region}.amazonses.com`;
}

/** The region whose feedback host this is, as a name or as an MX value ('10 feedback-smtp.us-east-1.amazonses.com'). */
export function feedbackRegion(value: string): string | undefined {
  return /^(?:\d+ )?feedback-smtp\.([a-z0-9-]+)\.amazonses\.com$/.exec(value)?.[1];
}

/** Labels that MAIL FROM names usually have. */
export const USUAL_MAIL_FROM_LABELS = ['mail', 'bounce', 'bounces', 'ses', 'mf', 'email', 'send'] as const;
