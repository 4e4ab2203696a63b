/** A message of a server's stream. */
export interface Message {
  event: string;
  id: string | null;
  data: unknown;
}

/** Return the messages in `text`, and what is left of it that is not whole yet. */
export function parsed(text: string): { messages: Message[]; rest: string } {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  const messages = blocks.flatMap((block) => {
    const fields = new Map<string, string>();
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ""));
    }
    const data = fields.get("data");
    return data === undefined ? [] : [{ event: fields.get("event") ?? "message", id: fields.get("id") ?? null, data: JSON.parse(data) as unknown }];
  });
  return { messages, rest };
}

/** Follow a stream until `signal` says stop; comes back by itself, later each time, when the connection is lost. */
export async function follow(url: string, take: (message: Message) => void, signal: AbortSignal, connected: (on: boolean) => void = () => {}): Promise<void> {
  let last: string | null = null;
  for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, 15_000)) {
    try {
      const answer = await fetch(url, { signal, credentials: "same-origin", headers: { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) } });
      if (!answer.ok || !answer.body) throw new Error(String(answer.status));
      connected(true);
      pause = 500;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ; ) {
        const { value, done } = await reader.read();
        if (done) break;
        const read = parsed(rest + value);
        rest = read.rest;
        for (const message of read.messages) {
          last = message.id ?? last;
          take(message);
        }
      }
    } catch {
      // lost, or stopped
    }
    connected(false);
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
