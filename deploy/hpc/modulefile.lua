-- Written by make install-hpc: what is changed here is lost when it runs again.

local version = "@VERSION@"
local home = "@HOME@"

help([[
synapseclient @VERSION@: the synapse command and the Python package of Synapse,
a collaborative workspace for reproducible, data-intensive research.

    synapse get syn1899498       download a file
    synapse -h                   all commands
    python                       then: import synapseclient

It sets
    SYNAPSE_HOME    installation directory (@HOME@)
    SYNAPSE_BIN     executable directory   (@HOME@/bin)
Give the token in a file of mode 0600 that SYNAPSE_AUTH_TOKEN_FILE names.
]])

whatis("Name: synapseclient")
whatis("Version: @VERSION@")
whatis("Description: An interface to Synapse, a collaborative workspace for reproducible, data-intensive research")

conflict("synapseclient")

setenv("SYNAPSE_HOME", home)
setenv("SYNAPSE_BIN", pathJoin(home, "bin"))
prepend_path("PATH", pathJoin(home, "bin"))
@SETENV@
if mode() == "load" then
    LmodMessage("[+] Loading synapseclient  " .. version)
elseif mode() == "unload" then
    LmodMessage("[-] Unloading synapseclient  " .. version)
end
