import { z } from 'zod';
import { headersSchema } from './header-rules.ts';

const text = z.object({ Data: z.string(), Charset: z.string().optional() });
const addresses = z.array(z.string()).default([]);

/** Base64 of bytes, as blobs travel in JSON. */
const blob = z.base64().transform((data) => Buffer.from(data, 'base64'));

const attachment = z.object({
  RawContent: blob,
  FileName: z.string().min(1).max(255),
  ContentType: z.string().optional(),
  ContentDisposition: z.enum(['ATTACHMENT', 'INLINE']).default('ATTACHMENT'),
  ContentId: z.string().optional(),
  ContentDescription: z.string().optional(),
  ContentTransferEncoding: z.enum(['BASE64', 'QUOTED_PRINTABLE', 'SEVEN_BIT']).default('BASE64'),
});

const simple = z.object({
  Subject: text,
  Body: z.object({ Text: text.optional(), Html: text.optional() }),
  Headers: headersSchema.default([]),
  Attachments: z.array(attachment).default([]),
});

/** Who gets a message. */
export const destination = z
  .object({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses })
  .prefault({});

/** Tags of a message, whose characters are judged later. */
export const messageTags = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);

/** Content that is a template. */
export const templateInput = z.object({
  TemplateName: z.string().optional(),
  TemplateArn: z.string().optional(),
  TemplateContent: z
    .object({ Subject: z.string().optional(), Text: z.string().optional(), Html: z.string().optional() })
    .optional(),
  TemplateData: z.string().max(262_144).optional(),
  Headers: headersSchema.default([]),
  Attachments: z.array(attachment).default([]),
});

/** A parsed template content. */
export type TemplateInput = z.output<typeof templateInput>;

/** The input of SendEmail as far as it is modelled (SDK type SendEmailRequest). */
export const sendEmailInput = z.object({
  FromEmailAddress: z.string().optional(),
  Destination: destination,
  ReplyToAddresses: addresses,
  FeedbackForwardingEmailAddress: z.string().optional(),
  Content: z.object({
    Simple: simple.optional(),
    Raw: z.object({ Data: blob }).optional(),
    Template: templateInput.optional(),
  }),
  EmailTags: messageTags,
  ConfigurationSetName: z.string().optional(),
  TenantName: z.string().optional(),
  ListManagementOptions: z.object({ ContactListName: z.string() }).optional(),
});

/** A parsed SendEmail request. */
export type SendEmail = z.output<typeof sendEmailInput>;

/** The Simple member of its content. */
export type Simple = NonNullable<SendEmail['Content']['Simple']>;
