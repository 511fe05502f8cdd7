// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The one table of verbs.
#include <string.h>

#include "clients/squeezectl/ctl.h"

#define TYPES                                                                                                          \
  "  3 is an integer, 3.0 a float, anything else text; i:3 f:3 s:3 d:3 h:3 force a type, b:HEX is a blob,\n"           \
  "  T: F: N: I: are themselves.\n"
#define NOUN                                                                                                           \
  "  Without words it lists what there is; the first word is one of the commands below or a name, then comes a\n"      \
  "  path below it: `source piano gain -6` sends /source/piano/gain -6.\n"

const SqCtlVerb sq_ctl_verbs[] = {
    {"status", "", "how the daemon does: load, rate, strips, xruns", NULL, 0, 0, sq_ctl_status, NULL},
    {"ls", "[PATH]", "lists what is below a path", "  squeezectl ls /source\n", 0, 1, sq_ctl_ls, NULL},
    {"get", "PATH...", "prints values; a pattern prints each path with its value",
     "  squeezectl get /source/piano/gain\n  squeezectl get '/source/*/gain'\n", 1, -1, sq_ctl_get, NULL},
    {"set", "PATH VALUE...", "sets a value and waits until it is done",
     "  squeezectl set /source/piano/gain -6\n" TYPES, 2, -1, sq_ctl_set, NULL},
    {"send", "ADDRESS [ARG...]", "sends any message and prints what is answered",
     "  squeezectl send /source/piano/note 60 0.8 1\n" TYPES, 1, -1, sq_ctl_send, NULL},
    {"watch", "PATTERN [--hz N] [--count N] [--for SECONDS]", "prints values now and whenever they change",
     "  squeezectl watch '/source/*/gain'\n  squeezectl watch events\n", 1, -1, sq_ctl_watch, NULL},
    {"meters", "[--hz N] [--for SECONDS] [--plain]", "shows the levels of all strips, peak and RMS", NULL, 0, -1,
     sq_ctl_meters, NULL},
    {"source", "[add NAME GENERATOR [KEY VALUE]... | NAME PATH [ARG...]]", "sources: instruments, samples, inputs",
     "  squeezectl source add drums sampler\n  squeezectl source drums pan -0.2\n" NOUN, 0, -1, sq_ctl_noun,
     "add ensure"},
    {"bus", "[add NAME [KEY VALUE]... | NAME PATH [ARG...]]", "buses: what sums sources and other buses",
     "  squeezectl bus add hall\n  squeezectl bus hall chain/add reverb\n" NOUN, 0, -1, sq_ctl_noun, "add ensure"},
    {"strip", "[NAME PATH [ARG...]]", "any strip: source, bus or master",
     "  squeezectl strip master chain/add limiter\n" NOUN, 0, -1, sq_ctl_noun, "load"},
    {"record", "[add NAME STRIP FILE | NAME PATH [ARG...]]", "recorders: any strip to a file",
     "  squeezectl record add take master take.wav\n  squeezectl record take start\n" NOUN, 0, -1, sq_ctl_noun, "add"},
    {"plugin", "list|search|info|scan [ARG...]", "plug-ins that are installed", "  squeezectl plugin search piano\n", 0,
     -1, sq_ctl_noun, "*"},
    {"session", "new|open|save|save_as|close|list [ARG...]", "sessions on disk",
     "  squeezectl session save_as evening\n", 0, -1, sq_ctl_noun, "*"},
    {"transport", "play|stop|toggle|locate|position [ARG...]", "the transport", "  squeezectl transport locate 0\n", 0,
     -1, sq_ctl_noun, "*"},
    {"play", "FILE", "sends the messages of a script, one a line (`-`: standard input)",
     "  A line is an address and its arguments, quoted as in a shell; `#` starts a comment;\n"
     "  ${NAME} is a variable of the environment. Further lines:\n"
     "    sleep SECONDS          waits\n"
     "    sync                   waits until everything sent is done\n"
     "    bundle [now|+SECONDS]  what follows up to `end` is sent as one bundle, for that time\n"
     "  A line that fails is reported with its number, the rest is sent all the same, and the status is 1.\n" TYPES,
     1, 1, sq_ctl_play, NULL},
    {"batch", "", "the same from standard input", NULL, 0, 0, sq_ctl_play, NULL},
    {"dump", "[PATH]", "prints all values as lines that `play` can send back",
     "  squeezectl dump /source/piano > piano.osc\n", 0, 1, sq_ctl_dump, NULL},
    {"wait", "PATH VALUE", "waits until a value is so (at most --timeout)", "  squeezectl wait /transport/playing 0\n",
     2, 2, sq_ctl_wait, NULL},
    {"sync", "", "waits until the daemon has done what it was told", NULL, 0, 0, sq_ctl_fixed, "/sync"},
    {"ping", "[-c COUNT]", "measures the way to the daemon and back", NULL, 0, -1, sq_ctl_ping, NULL},
    {"version", "", "the daemon's version", NULL, 0, 0, sq_ctl_fixed, "/version"},
    {"quit", "", "stops the daemon", NULL, 0, 0, sq_ctl_fixed, "/server/quit"},
    {"help", "[VERB | --man | --bash]", "explains a verb; prints the manual page, or completion for bash",
     "  eval \"$(squeezectl help --bash)\"\n", 0, 1, sq_ctl_verb_help, NULL},
    {NULL, NULL, NULL, NULL, 0, 0, NULL, NULL}};

const SqCtlVerb *sq_ctl_find(const char *name) {
  for (const SqCtlVerb *verb = sq_ctl_verbs; verb->name; verb++)
    if (strcmp(verb->name, name) == 0)
      return verb;
  return NULL;
}
