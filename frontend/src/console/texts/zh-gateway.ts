import type { GatewayTexts } from './gateway-texts.ts';

const refused = '测试调用被拒绝（{status}）：{message}';

export const zhGateway: GatewayTexts = {
  settings: {
    host: '监听的地址。若不是回环地址，其他机器也能访问；除非设置了 --tls-cert，否则使用明文 HTTP。',
    port: '监听的 TCP 端口；0 表示由系统选择。',
    dataFolder: '存放客户端密钥、工作令牌、config.json、存储和正在上传的文件的文件夹。以 0700 权限创建。',
    allowedHosts: '除 localhost 和 IP 地址外，客户端可以在 Host 头中使用的主机名。',
    tlsCert:
      '含有证书（及其上级证书）的 PEM 文件，用于以 HTTPS 和 wss:// 代替明文 HTTP。其中的主机名可以在 Host 头中使用。需要同时设置 --tls-key。',
    tlsKey: '含有 --tls-cert 私钥的 PEM 文件，不带口令。',
    workerOrigins:
      '允许工作页从哪些 Web 源连接，取代默认的源。* 代表主机名中的一个或多个字符，null 代表沙盒框架。回环源始终可以连接。',
    maxBody: '请求内容的最大大小。上传的文件只受 Gemini API 的限制。',
    validate:
      '生成、计数、嵌入、文件和缓存请求的内容在发出前是否检查：off 表示不检查；warn 把不符合之处写入日志；reject 不经工作者，直接返回 400。超过 4 MiB 的内容和压缩的内容不检查。',
    maxSpool: '数据文件夹中可用于存放文件的磁盘空间，包括正发往 Gemini API 的文件和要保留的文件。',
    reuploadOfflineFiles:
      '在 --max-spool 允许的范围内保留已发送的文件。如果请求提到某个文件，而其账号没有就绪的工作者，就通过其他账号的工作者重新上传，并用副本的名称替换该文件的名称。',
    uploadAge: '客户端不再继续的上传，经过这段时间后会被丢弃。',
    firstByteTimeout: '从请求的最后一个字节到回答开始的最长等待时间。思考型模型可能需要几分钟。',
    idleTimeout: '回答中途最长的静默时间。',
    liveIdleTimeout: 'Live API 的 WebSocket 在两个方向上都没有消息的最长时间。',
    requestTimeout: '请求内容中途最长的静默时间。',
    window: '每个流在每个方向上同时在途的字节数上限。较大的值在远距离连接上更快，但占用更多内存。',
    pingInterval: '向工作者发送 ping 的间隔；静默接近两个间隔的工作者视为已离开。',
    sessionGrace: '连接中断的工作者最迟多久回来，它的请求才能从中断处继续；0 表示让这些请求立即失败。',
    maxSlotsPerWorker: '一个工作者同时执行的请求数上限，无论它自称能执行多少。',
    maxWorkers: '工作者的连接数上限。',
    balance: '如何把请求分配给工作者：round-robin 让它们依次轮流；least-in-flight 优先选择手头请求最少的，并少用比其他更慢的。',
    queueLimit: '可以同时等待空闲名额或等待工作者就绪的请求数。',
    queueTimeout: '请求等待空闲名额的最长时间。',
    workerWait:
      '没有就绪的工作者时请求等待多久，从最后一个工作者就绪时算起，或从它连接时算起：重新加载的页面来得及回来，一直不在的则立即报告。',
    maxAttempts: '一个请求最多尝试的次数，有其他工作者时每次换一个。1 表示从不重试。',
    retrySent:
      '工作者已发给 Gemini API 却没有得到回答的调用，哪些会重试：repeatable 只重试不留下痕迹的调用（生成、计数、嵌入、所有 GET）；all 全部重试，因此文件或缓存可能被创建两次。',
    failoverWait: '尚无回答的请求等待断开的工作者多久，之后改由其他工作者执行。',
    replayMemory:
      '保存可能需要重新发送的请求内容所用的内存，所有请求合计；单个请求最多占八分之一。放不下的部分在 --replay-disk 的额度内写入磁盘。',
    replayDisk:
      '数据文件夹中用于保存可能需要重新发送、且 --replay-memory 放不下的请求内容的磁盘空间，所有请求合计，保存到回答开始为止。连这里也放不下的请求不会重试；0 表示不写入磁盘。',
    shutdownTimeout: '网关停止时，留给进行中的请求完成的时间。',
    apiKey:
      '官方 Gemini API 密钥：在页面之外启动一个使用此密钥的工作者。建议使用环境变量，因为参数会被机器上的其他用户看到。参数为空则不启动该工作者。',
    upstreamUrl: '使用密钥的工作者把调用发往何处。',
    logLevel: '写入日志的最低级别：fatal、error、warn、info、debug、trace，或 silent 表示不写。',
  },
  defaults: {
    none: '无',
    "gemini-proxy in the user's data folder": '用户数据文件夹中的 gemini-proxy',
  },
  reasons: {
    'The test call has not been made yet.': '尚未发起测试调用。',
    'The test call was answered: requests can be executed.': '测试调用得到了回答：可以执行请求。',
    'The test call was authorised, but quota is used up for now (429).': '测试调用已获授权，但配额暂时用尽（429）。',
    'The test call was answered with {status}. It is repeated.': '测试调用返回了 {status}，正在重试。',
    'The test call failed: no answer in time. It is repeated.': '测试调用失败：没有及时得到回答。正在重试。',
    'The test call failed: {message} It is repeated.': '测试调用失败：{message} 正在重试。',
    'Google AI Studio holds the test call back until you use the page: click here once. If that does not help, reload the AI Studio tab.':
      'Google AI Studio 会扣住测试调用，直到您使用该页面：请在其中点击一次。若仍不行，请重新加载 AI Studio 标签页。',
    'The test call was refused with {status}: {message} The fetch hook is absent: this page is open outside Google AI Studio, or its frame was reloaded. Open the app inside AI Studio.': `${refused} 缺少 fetch 钩子：该页面在 Google AI Studio 之外打开，或其框架被重新加载。请在 AI Studio 中打开该应用。`,
    'The test call was refused with {status}: {message} Check that you are signed in to Google AI Studio, then reload the AI Studio tab.': `${refused} 请确认已登录 Google AI Studio，然后重新加载 AI Studio 标签页。`,
    'The test call was refused with {status}: {message} Reload the AI Studio tab.': `${refused} 请重新加载 AI Studio 标签页。`,
    'The test call was refused with {status}: {message} Check the API key: whether it is valid, unrestricted, and its API enabled.': `${refused} 请检查 API 密钥：是否有效、未受限制，且其 API 已启用。`,
    'The test call was refused with {status}: {message} Check the upstream URL.': `${refused} 请检查上游地址。`,
    'Paused by its user: it takes nothing new.': '已由其用户暂停：不接受新请求。',
    'The user disconnected.': '用户断开了连接。',
    'Fewer connections are wanted.': '不再需要这么多连接。',
    'The user wants it.': '这是用户的要求。',
    'The user wants a new session.': '用户要求建立新的会话。',
    'It is held back in the console.': '已在控制台中暂停。',
    'Its connection broke; it has some seconds to come back.': '连接中断；它可以在几秒内恢复。',
    'A user of the console asked for it.': '这是控制台用户的要求。',
  },
};
