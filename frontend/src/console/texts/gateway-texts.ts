/** What the gateway says in English, in another language; what is missing is shown as the gateway says it. */
export interface GatewayTexts {
  /** What a setting is for, by its name in the configuration file. */
  readonly settings: Readonly<Record<string, string>>;
  /** Defaults that are described, not given, by their English words. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Why a worker is as it is, by the English sentence with its `{places}`. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** For the language of the gateway. */
export const noGatewayTexts: GatewayTexts = { settings: {}, defaults: {}, reasons: {} };

/** Translates a sentence by a table of sentences with `{places}`; one that the table does not know stays as it is. */
export function translateSentence(table: Readonly<Record<string, string>>, sentence: string): string {
  for (const [known, translated] of Object.entries(table)) {
    const match = toPattern(known).exec(sentence);
    if (match !== null) return translated.replace(/\{(\w+)\}/g, (place, name: string) => match.groups?.[name] ?? place);
  }
  return sentence;
}

function toPattern(sentence: string): RegExp {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const parts = sentence.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 0 ? literal(part) : `(?<${part}>.*?)`));
  return new RegExp(`^${parts.join('')}$`, 's');
}
