import { Bytes } from "./bytes";
import { Options } from "./options";
import { Query } from "./query";
import { Reply } from "./reply";
import { Verdict } from "./verdict";

/** What filters and routers have in common. All of it can be left out. */
export class Plugin {
  /**
   * The session begins, for a reason, `abi.OPEN_*`. What it returns refuses the session;
   * null takes it.
   */
  open(reason: u32): string | null {
    return null;
  }

  /** A timer of `setTimer` has run out. */
  timer(id: u32): Verdict {
    return Verdict.pass();
  }

  /** A router's session has connected to a target. */
  backendConnected(target: u32): void {}

  /** A connection could not be opened. `one` and `any` send the command elsewhere. */
  backendFailed(target: u32, errno: u32): Verdict {
    return Verdict.pass();
  }

  /**
   * A connection broke while a command was outstanding; `lost` has `abi.LOST_*` bits.
   * `one` and `any` send the command again.
   */
  backendLost(target: u32, lost: u64): Verdict {
    return Verdict.pass();
  }

  /** A server's status has changed. */
  targetsChanged(version: u32): Verdict {
    return Verdict.pass();
  }

  /** COM_CHANGE_USER or COM_RESET_CONNECTION succeeded: the session is as new. */
  sessionReset(): void {}

  /**
   * Adds the state that a successor finds with `handedOver`: see `appendNumber`. It changes
   * nothing, because the instance goes on if its successor cannot be opened. A router that
   * adds nothing is not replaced in live sessions.
   */
  detach(out: Bytes): void {}

  /** Adds a JSON object for the administrator. */
  diagnose(out: Bytes): void {}

  /** The instance ends, for a reason, `abi.CLOSE_*`. It is not called after a failure. */
  close(reason: u32): void {}
}

/** Sees the commands that it asked for with `Options.commands` on their way to the router. */
export abstract class Filter extends Plugin {
  /** A command has come. */
  abstract query(q: Query): Verdict;

  /**
   * A part of its reply has come, at the level of `Options.replyLevel` or
   * `Query.replyLevel`.
   */
  reply(r: Reply): Verdict {
    return Verdict.pass();
  }
}

/** Says where a command goes: `one`, `oneOr`, `any` or `all`. */
export abstract class Router extends Plugin {
  /** A command has come. */
  abstract route(q: Query): Verdict;
}

/** A plugin that the module has. */
export class Registration {
  constructor(
    public name: string,
    public makeFilter: ((o: Options) => Filter) | null,
    public makeRouter: ((o: Options) => Router) | null,
  ) {}
}

export const registered: Registration[] = [];

/**
 * Says that the module has a filter of this name. The function makes it from a definition's
 * options, once for the definition; each session has a copy of what it returned.
 */
export function filter(name: string, make: (o: Options) => Filter): void {
  registered.push(new Registration(name, make, null));
}

/** As `filter`, for a router. */
export function router(name: string, make: (o: Options) => Router): void {
  registered.push(new Registration(name, null, make));
}
