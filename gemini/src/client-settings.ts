/** The tools whose settings are written down here, by the names that a command line takes. */
export const CLIENT_NAMES = [
  'gemini-cli',
  'genai',
  'ai-sdk',
  'langchain',
  'litellm',
  'cline',
  'continue',
  'open-webui',
  'curl',
] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

/** What a tool is pointed at. */
export interface ClientTarget {
  /** Without a trailing slash and without a version. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
}

/** A text to paste, and where it belongs. */
export interface SettingsText {
  /** A file's path, or what to do with the text. */
  readonly place: string;
  readonly language: 'sh' | 'js' | 'json' | 'yaml' | 'text';
  readonly text: string;
}

export interface ClientSettings {
  readonly name: ClientName;
  readonly title: string;
  /** In the order in which they are needed. */
  readonly texts: readonly SettingsText[];
}

const titles: Readonly<Record<ClientName, string>> = {
  'gemini-cli': 'gemini-cli',
  genai: '@google/genai',
  'ai-sdk': 'AI SDK',
  langchain: 'LangChain',
  litellm: 'LiteLLM',
  cline: 'Cline',
  continue: 'Continue',
  'open-webui': 'Open WebUI',
  curl: 'curl',
};

/** Settings of a tool, ready to paste: each text works as it stands. */
export function clientSettings(name: ClientName, target: ClientTarget): ClientSettings {
  return { name, title: titles[name], texts: textsOf[name](target) };
}

const textsOf: Readonly<Record<ClientName, (target: ClientTarget) => readonly SettingsText[]>> = {
  'gemini-cli': (target) => [
    {
      place: '~/.gemini/settings.json',
      language: 'json',
      text: formatJson({ security: { auth: { selectedType: 'gemini-api-key' } } }),
    },
    { place: 'Shell', language: 'sh', text: `${exports(target)}gemini -m ${target.model} -p 'Say hello.'\n` },
  ],

  genai: ({ baseUrl, apiKey, model }) => [
    {
      place: 'JavaScript',
      language: 'js',
      text: `import { GoogleGenAI } from '@google/genai';

const ai = new GoogleGenAI({
  apiKey: '${apiKey}',
  httpOptions: { baseUrl: '${baseUrl}' },
});
const answer = await ai.models.generateContent({ model: '${model}', contents: 'Say hello.' });
console.log(answer.text);
`,
    },
  ],

  'ai-sdk': ({ baseUrl, apiKey, model }) => [
    {
      place: 'JavaScript',
      language: 'js',
      text: `import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { generateText } from 'ai';

const google = createGoogleGenerativeAI({
  apiKey: '${apiKey}',
  baseURL: '${baseUrl}/v1beta',
});
const { text } = await generateText({ model: google('${model}'), prompt: 'Say hello.' });
console.log(text);
`,
    },
  ],

  langchain: ({ baseUrl, apiKey, model }) => [
    {
      place: 'JavaScript',
      language: 'js',
      text: `import { ChatGoogleGenerativeAI } from '@langchain/google-genai';

const chat = new ChatGoogleGenerativeAI({
  apiKey: '${apiKey}',
  baseUrl: '${baseUrl}',
  model: '${model}',
});
const answer = await chat.invoke('Say hello.');
console.log(answer.text);
`,
    },
  ],

  // LiteLLM appends `/models/…` to the base of chats.
  litellm: ({ baseUrl, apiKey, model }) => [
    {
      place: 'config.yaml',
      language: 'yaml',
      text: `model_list:
  - model_name: ${model}
    litellm_params:
      model: gemini/${model}
      api_base: ${baseUrl}/v1beta
      api_key: ${apiKey}
`,
    },
    { place: 'Shell', language: 'sh', text: 'litellm --config config.yaml\n' },
  ],

  cline: ({ baseUrl, apiKey, model }) => [
    {
      place: 'Cline → Settings → API Configuration',
      language: 'text',
      text: `API Provider: Google Gemini
Gemini API Key: ${apiKey}
Use custom base URL: ${baseUrl}
Model: ${model}
`,
    },
    // The command line takes a base URL for the OpenAI-compatible part only.
    {
      place: 'Shell',
      language: 'sh',
      text: `cline auth --provider openai --apikey ${apiKey} --modelid ${model} --baseurl ${baseUrl}/v1beta/openai
cline 'Say hello.'
`,
    },
  ],

  // Continue's own Gemini provider sends chats to Google, whatever the base is; the OpenAI-compatible part goes where it is told to. Paths are resolved against
  // the base, which thus needs the slash at its end, and what the model can do must be said, since only OpenAI's names are known there.
  continue: ({ baseUrl, apiKey, model }) => [
    {
      place: '~/.continue/config.yaml',
      language: 'yaml',
      text: `name: GeminiProxy
version: 1.0.0
schema: v1
models:
  - name: ${model}
    provider: openai
    model: ${model}
    apiKey: ${apiKey}
    apiBase: ${baseUrl}/v1beta/openai/
    roles: [chat, edit, apply]
    capabilities: [tool_use, image_input]
`,
    },
    { place: 'Shell', language: 'sh', text: "cn -p 'Say hello.'\n" },
  ],

  'open-webui': ({ baseUrl, apiKey }) => [
    {
      place: 'Shell',
      language: 'sh',
      text: `export OPENAI_API_BASE_URL=${baseUrl}/v1beta/openai
export OPENAI_API_KEY=${apiKey}
open-webui serve
`,
    },
  ],

  curl: (target) => [
    {
      place: 'Shell',
      language: 'sh',
      text: `${exports(target)}curl -N "$GOOGLE_GEMINI_BASE_URL/v1beta/models/${target.model}:streamGenerateContent?alt=sse" \\
  -H "x-goog-api-key: $GEMINI_API_KEY" \\
  -H 'content-type: application/json' \\
  -d '{"contents":[{"parts":[{"text":"Say hello."}]}]}'
`,
    },
  ],
};

function exports({ baseUrl, apiKey }: ClientTarget): string {
  return `export GEMINI_API_KEY=${apiKey}\nexport GOOGLE_GEMINI_BASE_URL=${baseUrl}\n`;
}

function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
