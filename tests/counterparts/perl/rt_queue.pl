# A queue of a complaint office in a Request Tracker 5 of this machine, with its columns, the hub's account and an
# officer's: what an administrator would click together.   perl rt_queue.pl QUEUE PASSWORD
use strict; use warnings;
use lib '/usr/share/request-tracker5/lib', '/usr/local/share/request-tracker5/lib';
use RT; RT::LoadConfig(); RT->Config->Set(LogToSTDERR => 'error'); RT::Init();
my ($name, $password) = @ARGV;
my $root = RT->SystemUser;
my $queue = RT::Queue->new($root);
$queue->Load($name);
$queue->Create(Name => $name, Description => 'Aduan warga') unless $queue->id;
for my $column (qw(NomorLapor Anonim Rahasia Alasan Pelapor Telepon)) {
    my $field = RT::CustomField->new($root);
    $field->LoadByCols(Name => $column, LookupType => 'RT::Queue-RT::Ticket');
    $field->Create(Name => $column, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', MaxValues => 1)
        unless $field->id;
    $field->AddToObject($queue);
}
for my $user (qw(hub petugas)) {
    my $account = RT::User->new($root);
    $account->Load($user);
    $account->Create(Name => $user, EmailAddress => "$user\@contoh.example", Privileged => 1) unless $account->id;
    $account->SetPassword($password);
    $account->PrincipalObj->GrantRight(Right => $_, Object => $queue) for qw(SeeQueue ShowTicket ShowTicketComments
        CreateTicket ReplyToTicket CommentOnTicket ModifyTicket SeeCustomField ModifyCustomField OwnTicket);
}
