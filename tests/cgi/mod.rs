//! CGI: which scripts run, what they are given, and what becomes of what they
//! print.

// Requests and responses.
mod chunked; // content whose length nobody knows before its end
mod decisive; // what says which file is run
mod fields; // which of a request's fields a script sees
mod requests; // which requests run which script, and what is on its stdin
mod response; // what a script prints, and what the client gets
mod source; // no spelling of a path shows a script's source
mod variables; // the variables of RFC 3875, section 4.1
mod wasm; // scripts that are components

// Processes.
mod bounds; // how much of the machine a script may use
mod daemons; // processes that leave their script
mod guard; // who starts the process that starts scripts, and what scripts can't do to it
mod hostile; // scripts that misbehave; nothing stays behind
mod limits; // how long and how many at once
mod process; // what a script's process is given, and what it isn't
mod slow; // clients that are slow, and those that stop
mod spawner; // the process that starts scripts: its end, and the server's
mod starved; // clients who would keep others from scripts
mod users; // scripts that each have a user of their own
mod vanish; // clients that vanish or stall while a script runs

// Other programs.
mod clients; // Python, Perl and C scripts, and Python's clients
mod parity;
mod uploads; // large uploads in chunks, to Python, Perl and PHP // the same scripts by `python3 -m http.server --cgi`
