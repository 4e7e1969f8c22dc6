import * as abi from "./abi";

/** A hook's answer. Which hooks may give which, docs/abi.md says. */
export class Verdict {
  /** What is handed to the host besides: a statement, packets, or a message. */
  output: Uint8Array | null = null;
  errno: u16 = 0;
  state: string = "";
  message: string = "";
  fallback: u32 = abi.NO_TARGET;

  /** Only for the SDK. */
  constructor(
    public action: u8,
    public argument: u32,
  ) {}

  /** The command or reply goes on unchanged. */
  static pass(): Verdict {
    return PASS;
  }

  /** A query's other statement, or a reply's other packets, framed. */
  static replace(bytes: Uint8Array): Verdict {
    const v = new Verdict(abi.ACTION_REPLACED, 0);
    v.output = bytes;
    return v;
  }

  private static refuse(action: u8, errno: u16, state: string, message: string): Verdict {
    const v = new Verdict(action, 0);
    v.errno = errno;
    v.state = state;
    v.message = message;
    return v;
  }

  /**
   * Answers the client with an ERR packet: an error number (0 means 1105), five digits and
   * capital letters, or "" for what belongs to the number, and a message, of which clients take
   * 511 bytes.
   */
  static reject(errno: u16, state: string, message: string): Verdict {
    return Verdict.refuse(abi.ACTION_REJECT, errno, state, message);
  }

  /** As reject, and closes the session. */
  static close(errno: u16, state: string, message: string): Verdict {
    return Verdict.refuse(abi.ACTION_CLOSE, errno, state, message);
  }

  /** The same command again after so many milliseconds. Declare `abi.NEED_HOLD`. */
  static hold(ms: u32): Verdict {
    return new Verdict(abi.ACTION_HOLD, max<u32>(ms, 1));
  }

  /** Pass, and end the plugin's work for this session. */
  static detach(): Verdict {
    return new Verdict(abi.ACTION_DETACH, 0);
  }

  /** Leave this batch of rows out. */
  static drop(): Verdict {
    return new Verdict(abi.ACTION_DROP, 0);
  }

  /** Pass this part, and leave the result's further rows out. */
  static done(): Verdict {
    return new Verdict(abi.ACTION_DONE, 0);
  }

  /** To the target with this index. */
  static one(target: u32): Verdict {
    return new Verdict(abi.ACTION_ONE, target);
  }

  /** To the first target, to the second if the first cannot be connected. */
  static oneOr(target: u32, other: u32): Verdict {
    const v = new Verdict(abi.ACTION_ONE, target);
    v.fallback = other;
    return v;
  }

  /** To a server of the role, `abi.ROLE_*`, which the host chooses. */
  static any(role: u32): Verdict {
    return new Verdict(abi.ACTION_ANY, role);
  }

  /** To every backend of the session; the client gets this target's reply. */
  static all(target: u32): Verdict {
    return new Verdict(abi.ACTION_ALL, target);
  }
}

const PASS = new Verdict(abi.ACTION_PASS, 0);
