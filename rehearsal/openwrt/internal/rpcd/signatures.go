package rpcd

// Signatures are the methods of each object with the types of their arguments, as `ubus -v list` prints them.
var Signatures = map[string][]string{
	"uci": {
		`"configs":{}`,
		`"get":{"config":"String","section":"String","option":"String","type":"String","match":"Table","ubus_rpc_session":"String"}`,
		`"state":{"config":"String","section":"String","option":"String","type":"String","match":"Table","ubus_rpc_session":"String"}`,
		`"add":{"config":"String","type":"String","name":"String","values":"Table","ubus_rpc_session":"String"}`,
		`"set":{"config":"String","section":"String","type":"String","match":"Table","values":"Table","ubus_rpc_session":"String"}`,
		`"delete":{"config":"String","section":"String","type":"String","match":"Table","option":"String","options":"Array","ubus_rpc_session":"String"}`,
		`"rename":{"config":"String","section":"String","option":"String","name":"String","ubus_rpc_session":"String"}`,
		`"order":{"config":"String","sections":"Array","ubus_rpc_session":"String"}`,
		`"changes":{"config":"String","ubus_rpc_session":"String"}`,
		`"revert":{"config":"String","ubus_rpc_session":"String"}`,
		`"commit":{"config":"String","ubus_rpc_session":"String"}`,
		`"apply":{"rollback":"Boolean","timeout":"Integer","ubus_rpc_session":"String"}`,
		`"confirm":{"ubus_rpc_session":"String"}`,
		`"rollback":{"ubus_rpc_session":"String"}`,
		`"reload_config":{}`,
	},
	"session": {
		`"create":{"timeout":"Integer"}`,
		`"list":{"ubus_rpc_session":"String"}`,
		`"grant":{"ubus_rpc_session":"String","scope":"String","objects":"Array"}`,
		`"revoke":{"ubus_rpc_session":"String","scope":"String","objects":"Array"}`,
		`"access":{"ubus_rpc_session":"String","scope":"String","object":"String","function":"String"}`,
		`"set":{"ubus_rpc_session":"String","values":"Table"}`,
		`"get":{"ubus_rpc_session":"String","keys":"Array"}`,
		`"unset":{"ubus_rpc_session":"String","keys":"Array"}`,
		`"destroy":{"ubus_rpc_session":"String"}`,
		`"login":{"username":"String","password":"String","timeout":"Integer"}`,
	},
}
