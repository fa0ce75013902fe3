#%Module1.0
## Written by make install-hpc: what is changed here is lost when it runs again.

set version {@VERSION@}
set home    {@HOME@}

proc ModulesHelp {} {
    global version home
    puts stderr "synapseclient $version: the synapse command and the Python package of Synapse,"
    puts stderr "a collaborative workspace for reproducible, data-intensive research."
    puts stderr ""
    puts stderr "    synapse get syn1899498       download a file"
    puts stderr "    synapse -h                   all commands"
    puts stderr "    python                       then: import synapseclient"
    puts stderr ""
    puts stderr "It sets"
    puts stderr "    SYNAPSE_HOME    installation directory ($home)"
    puts stderr "    SYNAPSE_BIN     executable directory   ($home/bin)"
    puts stderr "Give the token in a file of mode 0600 that SYNAPSE_AUTH_TOKEN_FILE names."
}

module-whatis "Name: synapseclient"
module-whatis "Version: @VERSION@"
module-whatis "Description: An interface to Synapse, a collaborative workspace for reproducible, data-intensive research"

conflict synapseclient

setenv SYNAPSE_HOME $home
setenv SYNAPSE_BIN $home/bin
prepend-path PATH $home/bin
@SETENV@
if {[module-info mode load]} {
    puts stderr "\[+\] Loading synapseclient  $version"
} elseif {[module-info mode unload]} {
    puts stderr "\[-\] Unloading synapseclient  $version"
}
