/** The JSON of `bot/answer/reply.py`, as the API sends it. */

export type BlockKind = "text" | "list" | "steps" | "facts" | "notice";

export interface Block {
  kind: BlockKind;
  title: string;
  text: string;
  items: string[];
}

export interface Source {
  kind: "procedure" | "plan" | "guide" | "unit";
  title: string;
  code: string;
  number: string;
  section: string;
  decision: string;
  url: string;
  validity: string;
  validity_text: string;
  fetched: string;
}

export interface Choice {
  title: string;
  text: string;
  payload: string;
  url: string;
}

export interface Ticket {
  code: string;
  secret: string;
  state: string;
  state_text: string;
  unit: string;
  reason: string;
  category: string;
  history: string[];
}

export interface Reply {
  message_id: string;
  status: string;
  text: string;
  blocks: Block[];
  sources: Source[];
  choices: Choice[];
  ticket: Ticket | null;
}

export interface Area {
  slug: string;
  name: string;
}

/** One line of a conversation read back from the server; `to` is the message an answer answers. */
export type PastMessage = { from: "person"; text: string } | { from: "assistant"; to: string; reply: Reply };

/** What a person says: the words shown, and what a button means. */
export interface Utterance {
  text: string;
  payload?: string;
}
