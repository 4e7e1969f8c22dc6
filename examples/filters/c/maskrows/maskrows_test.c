#include "maskrows.c"
#include "penstock_test.h"

/* Columns id INT, password VARCHAR, Salary INT. */
static void definitions(void) {
	ps_buf b = {0, 0, 0};
	pst_packet(&b, ps_lit("\3"));
	pst_column(&b, "id", PS_FIELD_LONG);
	pst_column(&b, "password", PS_FIELD_VAR_STRING);
	pst_column(&b, "Salary", PS_FIELD_LONG);
	pst_summary s = {.columns = 3};
	PST_CHECK(pst_reply(PS_PHASE_COLUMNS, s, ps_of(&b)).action == PS_ACTION_PASS);
}

#define BYTES(text) ps_text(text, sizeof text - 1)

int main(void) {
	pst_summary s = {.columns = 3};
	PST_CHECK(strstr(pst_refusal("{}"), "\"columns\" is required"));
	PST_CHECK(strstr(pst_refusal("{\"columns\":[1]}"), "must be a list of strings; one is, not a number"));

	pst_start("{\"columns\":[\"*pass*\",\"salary\"],\"mask\":\"xx\"}");
	pst_query("SELECT * FROM t", PS_TYPE_READ);
	definitions();
	ps_buf b = {0, 0, 0};
	pst_packet(&b, BYTES("\1" "7\6secret\3" "100"));
	pst_packet(&b, BYTES("\1" "8\xfb\3" "100"));
	pst_result r = pst_reply(PS_PHASE_ROWS, s, ps_of(&b));
	PST_CHECK(r.action == PS_ACTION_REPLACED);
	PST_CHECK(pst_is(&r.output, "\6\0\0\0\1" "7\2xx\xfb\4\0\0\0\1" "8\xfb\xfb", 4 + 6 + 4 + 4));

	/* The same in the binary protocol. */
	pst_command execute = {.command = PS_COM_STMT_EXECUTE};
	pst_run(execute);
	definitions();
	ps_reset(&b);
	pst_packet(&b, BYTES("\0\0\7\0\0\0\6secret\x64\0\0\0"));
	r = pst_reply(PS_PHASE_ROWS, s, ps_of(&b));
	PST_CHECK(r.action == PS_ACTION_REPLACED);
	PST_CHECK(pst_is(&r.output, "\x09\0\0\0\0\x10\7\0\0\0\2xx", 4 + 9));

	/* A row that cannot be read does not get through. */
	ps_reset(&b);
	pst_packet(&b, BYTES("\0\0\7\0"));
	PST_CHECK(pst_reply(PS_PHASE_ROWS, s, ps_of(&b)).action == PS_ACTION_REJECT);

	/* A row longer than the window, whose rest the host holds. */
	pst_query("SELECT * FROM t", PS_TYPE_READ);
	definitions();
	ps_buf longest = {0, 0, 0};
	for (int i = 0; i < 100000; i++)
		ps_add_byte(&longest, 'x');
	ps_reset(&b);
	size_t at = ps_packet_begin(&b);
	ps_add_lenenc(&b, ps_of(&longest));
	ps_add_lenenc(&b, ps_lit("secret"));
	ps_add_lenenc(&b, ps_lit("100"));
	ps_packet_end(&b, at);
	r = pst_reply(PS_PHASE_ROWS, s, ps_of(&b));
	PST_CHECK(r.action == PS_ACTION_REPLACED && r.output.len == 4 + 4 + 100000 + 3 + 1);
	PST_CHECK(memcmp(r.output.at + r.output.len - 4, "\2xx\xfb", 4) == 0);

	pst_command fetch = {.command = PS_COM_STMT_FETCH};
	PST_CHECK(pst_run(fetch).code == 1235);
	PST_CHECK(pst.metrics[0].value == 3 + 2 + 2);
	return pst_done();
}
