import { useTranslation } from 'react-i18next';
import { type GatewayTexts, noGatewayTexts } from '../texts/gateway-texts.ts';
import { gatewayNamespace } from '../texts/i18n.ts';

/** What the gateway says in English, in the language of the page. */
export function useGatewayTexts(): GatewayTexts {
  const { i18n } = useTranslation();
  const texts: GatewayTexts | undefined = i18n.getResourceBundle(i18n.language, gatewayNamespace);
  return texts ?? noGatewayTexts;
}
