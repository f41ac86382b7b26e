import { z } from 'zod';
import { suppressedReasons, suppressionScope } from '../suppression/reasons.ts';

const onOff = z.enum(['ENABLED', 'DISABLED']);

/** Groups of options as CreateConfigurationSet takes them and GetConfigurationSet answers them. */
export const optionGroups = {
  TrackingOptions: z.object({
    CustomRedirectDomain: z.string().optional(),
    HttpsPolicy: z.enum(['REQUIRE', 'REQUIRE_OPEN_ONLY', 'OPTIONAL']).optional(),
  }),
  DeliveryOptions: z.object({
    TlsPolicy: z.enum(['REQUIRE', 'OPTIONAL']).optional(),
    SendingPoolName: z.string().optional(),
    MaxDeliverySeconds: z.number().int().min(300).max(50_400).optional(),
  }),
  SuppressionOptions: z.object({
    SuppressedReasons: suppressedReasons.optional(),
    SuppressionScope: suppressionScope.optional(),
    ValidationOptions: z.looseObject({}).optional(),
  }),
  ArchivingOptions: z.object({ ArchiveArn: z.string().optional() }),
  VdmOptions: z.object({
    DashboardOptions: z.object({ EngagementMetrics: onOff.optional() }).optional(),
    GuardianOptions: z.object({ OptimizedSharedDelivery: onOff.optional() }).optional(),
  }),
};
